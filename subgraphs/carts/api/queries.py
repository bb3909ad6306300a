"""Queries of carts."""

from __future__ import annotations

from typing import Annotated

import strawberry

from entrepot.shared.db import first_of
from entrepot.shared.graphql import Connection, connect, connection, read_row
from entrepot.shared.pagination import PageRequest
from entrepot.subgraphs.carts import repository
from entrepot.subgraphs.carts.access import read_access
from entrepot.subgraphs.carts.api.context import CartInfo
from entrepot.subgraphs.carts.api.types import Cart


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
        row = first_of((await info.context.fetch(repository.CARTS_BY_ID, [id]))[id])
        access = read_access(info.context.principal, guest_token)
        return read_row(Cart, row) if row is not None and access.can_read(row) else None

    @strawberry.field
    async def my_cart(self, info: CartInfo) -> Cart | None:
        """The active cart that the caller used last; null when there is none. A guest reads theirs by `cart`."""
        user_id = info.context.principal.user_id
        row = (await info.context.fetch(repository.read_current_carts, [user_id]))[user_id]
        return None if row is None else read_row(Cart, row)

    @connection
    async def my_carts(self, info: CartInfo, page: PageRequest) -> Connection[Cart]:
        """All active carts of the caller, newest first."""
        # No cart has the owner "", so that a guest's page is an empty one of the same kind.
        listing = repository.list_active_carts(info.context.principal.user_id or "")
        return await connect(info.context, Cart, listing, page)
