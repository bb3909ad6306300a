"""Queries of carts."""

from __future__ import annotations

from typing import Annotated

import strawberry

from entrepot.shared.graphql import After, Before, First, Last, build_connection, to_graphql
from entrepot.shared.pagination import read_page_request
from entrepot.subgraphs.carts.access import read_access
from entrepot.subgraphs.carts.api.context import CartInfo
from entrepot.subgraphs.carts.api.loaders import CartByIdLoader, CurrentCartByOwnerIdLoader
from entrepot.subgraphs.carts.api.types import Cart, CartConnection, CartEdge
from entrepot.subgraphs.carts.repository import CartRepository


@strawberry.type
class Query:
    @strawberry.field
    async def cart(
        self,
        info: CartInfo,
        id: Annotated[strawberry.ID, strawberry.argument(description="`Cart.id`.")],
        guest_token: Annotated[
            str | None,
            strawberry.argument(description="The secret of a guest cart; not needed for the caller's own cart."),
        ] = None,
    ) -> Cart | None:
        """A cart by id: the caller's own, a guest cart with its token, or any with the scope carts:read.

        Null otherwise.
        """
        row = await info.context.loader(CartByIdLoader).load(id)
        access = read_access(info.context.principal, guest_token)
        return Cart.from_model(row) if row is not None and access.can_read(row) else None

    @strawberry.field
    async def my_cart(self, info: CartInfo) -> Cart | None:
        """The active cart that the caller used last; null when there is none. A guest reads theirs by `cart`."""
        user_id = info.context.principal.user_id
        if user_id is None:
            return None
        return to_graphql(await info.context.loader(CurrentCartByOwnerIdLoader).load(user_id), Cart.from_model)

    @strawberry.field
    async def my_carts(
        self,
        info: CartInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> CartConnection:
        """All active carts of the caller, newest first."""
        request = read_page_request(first, after, last, before)
        async with info.context.reading.open() as session:
            # No cart has the owner "", so that a guest's page is an empty one of the same kind.
            page = await CartRepository(session).page_active_by_owner(info.context.principal.user_id or "", request)
        return build_connection(CartConnection, CartEdge, page, Cart.from_model)
