"""Queries of accounts: oneself, and everybody for staff."""

from __future__ import annotations

import strawberry

from entrepot.shared.graphql import build_connection
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.accounts.api.inputs import UserFilterInput
from entrepot.subgraphs.accounts.api.loaders import UserByIdLoader
from entrepot.subgraphs.accounts.api.types import AccountsInfo, User, UserConnection, UserEdge
from entrepot.subgraphs.accounts.api.visibility import READ, sees_all
from entrepot.subgraphs.accounts.repository import AccountsRepository, UserFilter


@strawberry.type
class Query:
    @strawberry.field(description="The caller; null for a guest.")
    async def me(self, info: AccountsInfo) -> User | None:
        identity = info.context.principal.user_id
        if identity is None:
            return None
        return User.for_caller(info.context, await info.context.loader(UserByIdLoader).load(identity))

    @strawberry.federation.field(
        authenticated=True, description="A user by their id: oneself, or anybody with the scope users:read."
    )
    async def user(self, info: AccountsInfo, id: strawberry.ID) -> User | None:
        if not sees_all(info.context, id):
            return None
        return User.for_caller(info.context, await info.context.loader(UserByIdLoader).load(id))

    @strawberry.federation.field(requires_scopes=[[READ]], description="Users that pass the filter, oldest first.")
    async def users(
        self,
        info: AccountsInfo,
        filter: UserFilterInput | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> UserConnection:
        request = read_page_request(first, after, last, before)
        async with info.context.database.read() as session:
            wanted = filter.to_filter() if filter else UserFilter()
            page = await AccountsRepository(session).page_users(wanted, request)
        return build_connection(UserConnection, UserEdge, page, lambda row: User.from_model(row, sees_all=True))
