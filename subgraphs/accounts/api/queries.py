"""Queries of accounts: oneself, and everybody for staff."""

from __future__ import annotations

from typing import Annotated

import strawberry

from entrepot.shared.graphql import Connection, connect, connection, find, lookup
from entrepot.shared.pagination import PageRequest
from entrepot.subgraphs.accounts.api.context import AccountsInfo
from entrepot.subgraphs.accounts.api.enums import UserRole
from entrepot.subgraphs.accounts.api.types import User
from entrepot.subgraphs.accounts.api.visibility import READ, sees_all
from entrepot.subgraphs.accounts.emails import read_email
from entrepot.subgraphs.accounts.repository import UserFilter, list_users


@strawberry.input
class UserFilterInput:
    """Conditions for users, all of which must hold; an omitted one is ignored."""

    email: str | None = None
    """Only the user with exactly this email address; upper and lower case are the same."""
    role: UserRole | None = None
    """Only users with this role."""

    def to_filter(self) -> UserFilter:
        return UserFilter(email=None if self.email is None else read_email(self.email), role=self.role)


@strawberry.type
class Query:
    @strawberry.field
    async def me(self, info: AccountsInfo) -> User | None:
        """The user whom the access token belongs to; null for a guest, and when the account no longer exists."""
        identity = info.context.principal.user_id
        return None if identity is None else await find(info.context, User, id=identity)

    user: User | None = lookup(only=lambda context, user: sees_all(context, user.id), authenticated=True)
    """A user by id: the caller, or any with the scope users:read; null otherwise."""

    @connection(requires_scopes=[[READ]])
    async def users(
        self,
        info: AccountsInfo,
        page: PageRequest,
        filter: Annotated[
            UserFilterInput | None, strawberry.argument(description="Which users to return; all by default.")
        ] = None,
    ) -> Connection[User]:
        """The users that match the filter, oldest first."""
        return await connect(info.context, User, list_users(filter.to_filter() if filter else UserFilter()), page)
