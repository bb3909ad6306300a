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
from entrepot.subgraphs.accounts.ports import AccountsDependencies

AccountsContext = Context[AccountsDependencies]
AccountsInfo = Info[AccountsContext, None]


@strawberry.type
class UserSession:
    """The session of a user on one device: a login and the tokens refreshed from it."""

    id: strawberry.ID
    status: SessionStatus
    """Whether it can be refreshed."""
    created_at: datetime
    """When the user logged in."""
    refreshed_at: datetime
    """When its tokens were last issued."""
    expires_at: datetime
    """When it ends unless it is refreshed before."""
    revoked_at: datetime | None
    """When it was revoked; null while it is active."""
    revocation_reason: RevocationReason | None
    """Why it was revoked; null while it is active."""

    @strawberry.field
    def is_current(self, info: AccountsInfo) -> bool:
        """Whether the access token of this request belongs to it."""
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


@strawberry.federation.type(keys=["id"])
class User:
    """A person with an account."""

    id: strawberry.ID
    name: str
    """The name for display. Callers with the scope orders:read see it, too, as the name of a customer."""
    created_at: datetime
    """When the user registered."""
    address: strawberry.Private[str]
    sees_all: strawberry.Private[bool]

    @strawberry.field
    def email(self) -> str | None:
        """The email address to log in with; null with a FORBIDDEN error for others without users:read."""
        check_sees_all(self.sees_all)
        return self.address

    @strawberry.field
    async def roles(self, info: AccountsInfo) -> list[UserRole] | None:
        """The roles of the user; null with a FORBIDDEN error for others without users:read."""
        check_sees_all(self.sees_all)
        return await self._load_roles(info)

    @strawberry.field
    async def scopes(self, info: AccountsInfo) -> list[str] | None:
        """The scopes that the roles stand for, in alphabetical order, as in the next access token of the user.

        Null with a FORBIDDEN error for others without users:read.
        """
        check_sees_all(self.sees_all)
        return sorted(expand_roles(await self._load_roles(info)))

    @strawberry.field
    async def sessions(self, info: AccountsInfo) -> list[UserSession] | None:
        """The active sessions, newest first; null with a FORBIDDEN error for others without users:read."""
        check_sees_all(self.sees_all)
        rows = await info.context.loader(ActiveSessionsByUserIdLoader).load(self.id)
        now = info.context.environment.clock.now()
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


@strawberry.type
class UserConnection:
    """A page of users, oldest first."""

    edges: list[UserEdge]
    page_info: PageInfo
