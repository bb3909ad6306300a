"""Mutations of accounts."""

from __future__ import annotations

from typing import Final

import strawberry

from entrepot.shared.graphql import mutate
from entrepot.shared.graphql.payloads import refuse
from entrepot.subgraphs.accounts import service
from entrepot.subgraphs.accounts.api import sign_in
from entrepot.subgraphs.accounts.api.inputs import (
    ChangePasswordInput,
    GrantRoleInput,
    LoginInput,
    LogoutInput,
    RefreshInput,
    RegisterInput,
    RevokeRoleInput,
)
from entrepot.subgraphs.accounts.api.payloads import (
    ChangePasswordPayload,
    GrantRolePayload,
    LoginPayload,
    LogoutPayload,
    RefreshPayload,
    RegisterPayload,
    RevokeRolePayload,
)
from entrepot.subgraphs.accounts.api.prepared import mutate_prepared
from entrepot.subgraphs.accounts.api.types import AccountsInfo, User, UserSession
from entrepot.subgraphs.accounts.api.visibility import WRITE, sees_all
from entrepot.subgraphs.accounts.errors import InvalidRefreshToken
from entrepot.subgraphs.accounts.service import SignedIn

_SCOPES: Final = [[WRITE]]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Open an account as a customer, and log in.")
    async def register(self, info: AccountsInfo, input: RegisterInput) -> RegisterPayload:
        return await sign_in.register(info.context, input)

    @strawberry.mutation(description="Log in. A wrong password and an unknown address get the same answer.")
    async def login(self, info: AccountsInfo, input: LoginInput) -> LoginPayload:
        return await sign_in.log_in(info.context, input)

    @strawberry.mutation(
        description="The next tokens of a session. A refresh token that comes a second time ends its session."
    )
    async def refresh(self, info: AccountsInfo, input: RefreshInput) -> RefreshPayload:
        return await mutate(
            info.context,
            RefreshPayload,
            lambda unit: service.refresh(unit, refresh_token=input.refresh_token),
            _present_refresh,
        )

    @strawberry.federation.field(
        authenticated=True, description="End the caller's session; its tokens are refused from now on."
    )
    async def logout(self, info: AccountsInfo, input: LogoutInput | None = None) -> LogoutPayload:
        return await mutate(
            info.context,
            LogoutPayload,
            lambda unit: service.log_out(
                unit, principal=info.context.principal, everywhere=input is not None and input.everywhere
            ),
            lambda row: LogoutPayload(session=None if row is None else UserSession.from_model(row)),
        )

    @strawberry.federation.field(
        authenticated=True, description="Change the caller's password; all their other sessions end."
    )
    async def change_password(self, info: AccountsInfo, input: ChangePasswordInput) -> ChangePasswordPayload:
        return await mutate_prepared(
            ChangePasswordPayload,
            service.prepare_password_change(
                info.context.transactions,
                principal=info.context.principal,
                current=input.current_password,
                new=input.new_password,
            ),
            lambda change: mutate(
                info.context,
                ChangePasswordPayload,
                lambda unit: service.change_password(unit, change=change),
                lambda row: ChangePasswordPayload(user=User.from_model(row, sees_all=True)),
            ),
        )

    @strawberry.federation.field(
        requires_scopes=_SCOPES, description="Give a user a role; it shows in their next access token."
    )
    async def grant_role(self, info: AccountsInfo, input: GrantRoleInput) -> GrantRolePayload:
        actor_id = info.context.principal.require_user()
        return await mutate(
            info.context,
            GrantRolePayload,
            lambda unit: service.grant_role(unit, user_id=input.user_id, role=input.role, actor_id=actor_id),
            lambda row: GrantRolePayload(user=User.from_model(row, sees_all=sees_all(info.context, row.id))),
        )

    @strawberry.federation.field(
        requires_scopes=_SCOPES, description="Take a role from a user; their sessions end, so that it holds at once."
    )
    async def revoke_role(self, info: AccountsInfo, input: RevokeRoleInput) -> RevokeRolePayload:
        actor_id = info.context.principal.require_user()
        return await mutate(
            info.context,
            RevokeRolePayload,
            lambda unit: service.revoke_role(unit, user_id=input.user_id, role=input.role, actor_id=actor_id),
            lambda row: RevokeRolePayload(user=User.from_model(row, sees_all=sees_all(info.context, row.id))),
        )


def _present_refresh(outcome: SignedIn | InvalidRefreshToken) -> RefreshPayload:
    if isinstance(outcome, InvalidRefreshToken):
        return refuse(RefreshPayload, outcome)
    return RefreshPayload.of(outcome)
