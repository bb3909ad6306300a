"""Entities owned elsewhere: a user has a cart here, variants and sellers are only pointed at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Self

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet
from strawberry.types import Info

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import Context, Representation, read_key, to_graphql
from entrepot.subgraphs.carts.api.loaders import CurrentCartByOwnerIdLoader
from entrepot.subgraphs.carts.api.visibility import read_access
from entrepot.subgraphs.carts.config import CartDependencies

if TYPE_CHECKING:
    from entrepot.subgraphs.carts.api.types import Cart

CartContext = Context[CartDependencies]
CartInfo = Info[CartContext, None]


@strawberry.federation.type(keys=["id"])
class User:
    """A person with an account."""

    id: strawberry.ID

    @strawberry.field
    async def cart(
        self, info: CartInfo
    ) -> Annotated[Cart, strawberry.lazy("entrepot.subgraphs.carts.api.types")] | None:
        """The current cart of the user: the active one that they used last.

        Null when there is none, and for others without the scope carts:read.
        """
        from entrepot.subgraphs.carts.api.types import Cart

        row = await info.context.loader(CurrentCartByOwnerIdLoader).load(self.id)
        return to_graphql(row, Cart.from_model) if row and read_access(info.context).can_read(row) else None

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
    """The unit of sale: one version of a product, such as a size in a colour, with its own SKU and prices."""

    id: strawberry.ID
    sku: str = strawberry.federation.field(external=True)
    """The stock keeping unit: the merchant's own unique code of the variant, 1 to 200 characters."""


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class Seller:
    """The merchant who sells a product."""

    id: strawberry.ID
