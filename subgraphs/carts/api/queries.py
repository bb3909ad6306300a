"""Queries of carts."""

from __future__ import annotations

import strawberry

from entrepot.shared.graphql import build_connection, present
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.carts.api.loaders import ActiveCartByOwnerIdLoader, CartByIdLoader
from entrepot.subgraphs.carts.api.stubs import CartInfo
from entrepot.subgraphs.carts.api.types import Cart, CartConnection, CartEdge
from entrepot.subgraphs.carts.api.visibility import read_access
from entrepot.subgraphs.carts.repository import CartRepository


@strawberry.type
class Query:
    @strawberry.field(description="A cart by its id: one's own, a guest's by its secret, every one with carts:read.")
    async def cart(self, info: CartInfo, id: strawberry.ID, guest_token: str | None = None) -> Cart | None:
        row = await info.context.loader(CartByIdLoader).load(id)
        access = read_access(info.context, guest_token)
        return Cart.from_model(row) if row is not None and access.can_read(row) else None

    @strawberry.federation.field(authenticated=True, description="The cart one is filling: the newest active one.")
    async def my_cart(self, info: CartInfo) -> Cart | None:
        user_id = info.context.principal.require_user()
        return present(await info.context.loader(ActiveCartByOwnerIdLoader).load(user_id), Cart.from_model)

    @strawberry.federation.field(authenticated=True, description="All active carts of one's own, the newest first.")
    async def my_carts(
        self,
        info: CartInfo,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> CartConnection:
        request = read_page_request(first, after, last, before)
        async with info.context.database.read() as session:
            page = await CartRepository(session).page_active_by_owner(info.context.principal.require_user(), request)
        return build_connection(CartConnection, CartEdge, page, Cart.from_model)
