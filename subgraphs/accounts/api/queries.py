"""Queries of accounts: oneself, and everybody for staff."""

from __future__ import annotations

from typing import Annotated

import strawberry

from entrepot.shared.graphql import After, Before, First, Last, build_connection
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.accounts.api.enums import UserRole
from entrepot.subgraphs.accounts.api.loaders import UserByIdLoader
from entrepot.subgraphs.accounts.api.types import AccountsInfo, User, UserConnection, UserEdge
from entrepot.subgraphs.accounts.api.visibility import READ, sees_all
from entrepot.subgraphs.accounts.emails import read_email
from entrepot.subgraphs.accounts.repository import AccountsRepository, UserFilter


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
        if identity is None:
            return None
        return User.for_caller(info.context, await info.context.loader(UserByIdLoader).load(identity))

    @strawberry.federation.field(authenticated=True)
    async def user(
        self, info: AccountsInfo, id: Annotated[strawberry.ID, strawberry.argument(description="`User.id`.")]
    ) -> User | None:
        """A user by id: the caller, or any with the scope users:read; null otherwise."""
        if not sees_all(info.context, id):
            return None
        return User.for_caller(info.context, await info.context.loader(UserByIdLoader).load(id))

    @strawberry.federation.field(requires_scopes=[[READ]])
    async def users(
        self,
        info: AccountsInfo,
        filter: Annotated[
            UserFilterInput | None, strawberry.argument(description="Which users to return; all by default.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> UserConnection:
        """The users that match the filter, oldest first."""
        request = read_page_request(first, after, last, before)
        async with info.context.reading.open() as session:
            wanted = filter.to_filter() if filter else UserFilter()
            page = await AccountsRepository(session).page_users(wanted, request)
        return build_connection(UserConnection, UserEdge, page, lambda row: User.from_model(row, sees_all=True))
