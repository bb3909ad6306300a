"""Entities of accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import strawberry
from sqlalchemy import Row

from entrepot.shared.graphql import Context, Fetch, batch_field, derived_private, each, entity, read_row, row_type
from entrepot.shared.graphql.costs import expected
from entrepot.subgraphs.accounts import repository
from entrepot.subgraphs.accounts.api.context import AccountsInfo
from entrepot.subgraphs.accounts.api.enums import RevocationReason, SessionStatus, UserRole
from entrepot.subgraphs.accounts.api.visibility import check_sees_all, sees_user

T = TypeVar("T")


@row_type
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


@entity({"id": repository.USERS_BY_ID}, sees=sees_user)
class User:
    """A person with an account."""

    id: strawberry.ID
    name: str
    """The name for display. Callers with the scope orders:read see it, too, as the name of a customer."""
    created_at: datetime
    """When the user registered."""
    address: strawberry.Private[str] = derived_private(lambda row: row.email)
    is_callers_own: strawberry.Private[bool] = derived_private(lambda _row: False)
    """Whether it is shown to somebody who has just proved to be them, and whose request is still anonymous."""

    @strawberry.field
    def email(self, info: AccountsInfo) -> str | None:
        """The email address to log in with; null with a FORBIDDEN error for others without users:read."""
        self.check_shown(info.context)
        return self.address

    @batch_field
    async def roles(users: list[User], info: AccountsInfo) -> list[list[UserRole] | None]:  # noqa: N805 the objects
        """The roles of the user; null with a FORBIDDEN error for others without users:read."""
        return await _read_shown(info.context, users, repository.GRANTS_BY_USER_ID, _read_roles)

    @batch_field
    async def scopes(users: list[User], info: AccountsInfo) -> list[list[str] | None]:  # noqa: N805 the objects
        """The scopes that the roles stand for, in alphabetical order, as in the next access token of the user.

        Null with a FORBIDDEN error for others without users:read.
        """
        expand = info.context.dependencies.permissions.expand

        def read_scopes(rows: Sequence[Row[Any]]) -> list[str]:
            return sorted(expand(_read_roles(rows)))

        return await _read_shown(info.context, users, repository.GRANTS_BY_USER_ID, read_scopes)

    @batch_field(directives=[expected(5)])
    async def sessions(users: list[User], info: AccountsInfo) -> list[list[UserSession] | None]:  # noqa: N805
        """The active sessions, newest first; null with a FORBIDDEN error for others without users:read."""
        now = info.context.environment.clock.now()

        def read(rows: Sequence[Row[Any]]) -> list[UserSession]:
            return [read_row(UserSession, row) for row in rows if row.expires_at > now]

        return await _read_shown(info.context, users, repository.ACTIVE_SESSIONS_BY_USER_ID, read)

    def check_shown(self, context: Context[Any]) -> None:
        """Raise Forbidden, which makes a nullable field null with a coded error, unless the caller may see it all."""
        if not self.is_callers_own:
            check_sees_all(context, self.id)


def show_own(user: Any) -> User:
    """The user, to themself."""
    shown = read_row(User, user)
    shown.is_callers_own = True
    return shown


async def _read_shown(
    context: Context[Any], users: Sequence[User], rows_by_user: Fetch[Any], read: Callable[[Sequence[Row[Any]]], T]
) -> list[T | None]:
    """What is read of the rows of each user; an error in the place of what the caller may not see."""
    rows = await context.fetch(rows_by_user, [user.id for user in users])

    def read_one(user: User) -> T:
        user.check_shown(context)
        return read(rows[user.id] or ())

    return each(users, read_one)


def _read_roles(rows: Sequence[Row[Any]]) -> list[UserRole]:
    return [UserRole(row.role) for row in rows]
