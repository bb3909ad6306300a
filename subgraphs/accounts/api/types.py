"""Entities of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry
from strawberry.types import Info

from entrepot.shared.auth import expand_roles
from entrepot.shared.graphql import Context, PageInfo, Representation, resolve_by_key
from entrepot.subgraphs.accounts import models
from entrepot.subgraphs.accounts.api.enums import RevocationReason, SessionStatus, UserRole
from entrepot.subgraphs.accounts.api.loaders import ActiveSessionsByUserIdLoader, GrantsByUserIdLoader, UserByIdLoader
from entrepot.subgraphs.accounts.api.visibility import check_sees_all, sees_all, sees_name
from entrepot.subgraphs.accounts.ports import AccountsPorts

AccountsContext = Context[AccountsPorts]
AccountsInfo = Info[AccountsContext, None]


@strawberry.type(description="One login of a user, and all that was refreshed from it.")
class UserSession:
    id: strawberry.ID
    status: SessionStatus
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime = strawberry.field(description="When it ends unless it is refreshed before.")
    revoked_at: datetime | None
    revocation_reason: RevocationReason | None

    @strawberry.field(description="Whether it is the session of this very request.")
    def is_current(self, info: AccountsInfo) -> bool:
        return info.context.principal.session_id == self.id

    @classmethod
    def from_model(cls, session: models.Session) -> Self:
        reason = session.revocation_reason
        return cls(
            id=strawberry.ID(session.id),
            status=SessionStatus(session.status),
            created_at=session.created_at,
            refreshed_at=session.refreshed_at,
            expires_at=session.expires_at,
            revoked_at=session.revoked_at,
            revocation_reason=RevocationReason(reason) if reason else None,
        )


@strawberry.federation.type(
    keys=["id"],
    description="A person with an account. Staff who see orders see the name of whose they are; everything else is "
    "for the user themself and the scope users:read: to others it is null, with a FORBIDDEN error.",
)
class User:
    id: strawberry.ID
    name: str
    created_at: datetime
    address: strawberry.Private[str]
    sees_all: strawberry.Private[bool]

    @strawberry.field(description="The address they log in with.")
    def email(self) -> str | None:
        check_sees_all(self.sees_all)
        return self.address

    @strawberry.field(description="What they are to the shop.")
    async def roles(self, info: AccountsInfo) -> list[UserRole] | None:
        check_sees_all(self.sees_all)
        return await self._load_roles(info)

    @strawberry.field(description="What their roles permit; a change shows in their next access token.")
    async def scopes(self, info: AccountsInfo) -> list[str] | None:
        check_sees_all(self.sees_all)
        return sorted(expand_roles(await self._load_roles(info)))

    @strawberry.field(description="Where they are logged in, newest first.")
    async def sessions(self, info: AccountsInfo) -> list[UserSession] | None:
        check_sees_all(self.sees_all)
        rows = await info.context.loader(ActiveSessionsByUserIdLoader).load(self.id)
        now = info.context.seams.clock.now()
        return [UserSession.from_model(row) for row in rows if row.expires_at > now]

    async def _load_roles(self, info: AccountsInfo) -> list[UserRole]:
        rows = await info.context.loader(GrantsByUserIdLoader).load(self.id)
        return [UserRole(row.role) for row in rows]

    @classmethod
    def from_model(cls, user: models.User, *, sees_all: bool) -> Self:
        return cls(
            id=strawberry.ID(user.id),
            name=user.name,
            created_at=user.created_at,
            address=user.email,
            sees_all=sees_all,
        )

    @classmethod
    def for_caller(cls, context: AccountsContext, user: models.User | None) -> Self | None:
        """The user as far as the caller may see them; None for one they may not know of."""
        if user is None or not sees_name(context, user.id):
            return None
        return cls.from_model(user, sees_all=sees_all(context, user.id))

    @classmethod
    async def resolve_references(
        cls, context: AccountsContext, representations: Sequence[Representation]
    ) -> Sequence[Self | None]:
        return await resolve_by_key(
            context, representations, {"id": UserByIdLoader}, lambda row: cls.for_caller(context, row)
        )


@strawberry.type
class UserEdge:
    node: User
    cursor: str


@strawberry.type(description="A page of users.")
class UserConnection:
    edges: list[UserEdge]
    page_info: PageInfo
