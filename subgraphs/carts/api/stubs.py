"""Entities owned elsewhere: a user has a cart here, variants and sellers are only pointed at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Self

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet
from strawberry.types import Info

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import Context, Representation, present, read_key
from entrepot.subgraphs.carts.api.loaders import CurrentCartByOwnerIdLoader
from entrepot.subgraphs.carts.api.visibility import read_access
from entrepot.subgraphs.carts.config import CartSettings

if TYPE_CHECKING:
    from entrepot.subgraphs.carts.api.types import Cart

CartContext = Context[CartSettings]
CartInfo = Info[CartContext, None]


@strawberry.federation.type(keys=["id"])
class User:
    id: strawberry.ID

    @strawberry.field(
        description="Their current cart: the active one that they used last. Null for others without carts:read."
    )
    async def cart(
        self, info: CartInfo
    ) -> Annotated[Cart, strawberry.lazy("entrepot.subgraphs.carts.api.types")] | None:
        from entrepot.subgraphs.carts.api.types import Cart

        row = await info.context.loader(CurrentCartByOwnerIdLoader).load(self.id)
        return present(row, Cart.from_model) if row and read_access(info.context).can_read(row) else None

    @classmethod
    async def resolve_references(
        cls, _context: CartContext, representations: Sequence[Representation]
    ) -> Sequence[Self | InvalidInput]:
        return [cls._refer(representation) for representation in representations]

    @classmethod
    def _refer(cls, representation: Representation) -> Self | InvalidInput:
        try:
            return cls(id=strawberry.ID(read_key(representation, "id")))
        except InvalidInput as error:
            return error


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class ProductVariant:
    id: strawberry.ID
    sku: str = strawberry.federation.field(external=True)


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class Seller:
    id: strawberry.ID
