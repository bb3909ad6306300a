"""Queries of carts."""

from __future__ import annotations

import strawberry

from entrepot.shared.graphql import build_connection, present
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.carts.api.loaders import CartByIdLoader, CurrentCartByOwnerIdLoader
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

    @strawberry.field(
        description="The caller's current cart: the active one that they used last. Null for a guest, whose cart is "
        "read by `cart` with its secret."
    )
    async def my_cart(self, info: CartInfo) -> Cart | None:
        user_id = info.context.principal.user_id
        if user_id is None:
            return None
        return present(await info.context.loader(CurrentCartByOwnerIdLoader).load(user_id), Cart.from_model)

    @strawberry.field(description="All active carts of the caller, the newest first; empty for a guest.")
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
            # No cart has the owner "", so that a guest's page is an empty one of the same kind.
            page = await CartRepository(session).page_active_by_owner(info.context.principal.user_id or "", request)
        return build_connection(CartConnection, CartEdge, page, Cart.from_model)
