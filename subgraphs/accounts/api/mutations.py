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
    @strawberry.mutation
    async def register(self, info: AccountsInfo, input: RegisterInput) -> RegisterPayload:
        """Create an account with the role CUSTOMER and log in. Needs no access token."""
        return await sign_in.register(info.context, input)

    @strawberry.mutation
    async def login(self, info: AccountsInfo, input: LoginInput) -> LoginPayload:
        """Start a session with email address and password. Needs no access token."""
        return await sign_in.log_in(info.context, input)

    @strawberry.mutation
    async def refresh(self, info: AccountsInfo, input: RefreshInput) -> RefreshPayload:
        """Exchange a refresh token for the next pair of tokens. Needs no access token.

        A refresh token that is used twice ends its session, because it may be stolen.
        """
        return await mutate(
            info.context,
            RefreshPayload,
            lambda unit: service.refresh(unit, refresh_token=input.refresh_token),
            _present_refresh,
        )

    @strawberry.federation.field(authenticated=True)
    async def logout(self, info: AccountsInfo, input: LogoutInput | None = None) -> LogoutPayload:
        """End the session of the caller; its tokens become invalid immediately."""
        return await mutate(
            info.context,
            LogoutPayload,
            lambda unit: service.log_out(
                unit, principal=info.context.principal, everywhere=input is not None and input.everywhere
            ),
            lambda row: LogoutPayload(session=None if row is None else UserSession.from_model(row)),
        )

    @strawberry.federation.field(authenticated=True)
    async def change_password(self, info: AccountsInfo, input: ChangePasswordInput) -> ChangePasswordPayload:
        """Change the password of the caller and end all their other sessions."""
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

    @strawberry.federation.field(requires_scopes=_SCOPES)
    async def grant_role(self, info: AccountsInfo, input: GrantRoleInput) -> GrantRolePayload:
        """Add a role to a user; its scopes are in their next access token."""
        actor_id = info.context.principal.require_user()
        return await mutate(
            info.context,
            GrantRolePayload,
            lambda unit: service.grant_role(unit, user_id=input.user_id, role=input.role, actor_id=actor_id),
            lambda row: GrantRolePayload(user=User.from_model(row, sees_all=sees_all(info.context, row.id))),
        )

    @strawberry.federation.field(requires_scopes=_SCOPES)
    async def revoke_role(self, info: AccountsInfo, input: RevokeRoleInput) -> RevokeRolePayload:
        """Remove a role from a user and end all their sessions, so that it takes effect immediately."""
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
