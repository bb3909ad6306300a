"""Products and who made them, with Strawberry."""

from __future__ import annotations

import strawberry
from strawberry.asgi import GraphQL

PRODUCTS = {"kettle": ("Kettle", "1"), "lamp": ("Lamp", "2")}


@strawberry.federation.type(keys=["id"])
class User:
    id: strawberry.ID


@strawberry.federation.type(keys=["sku"])
class Product:
    sku: strawberry.ID

    @strawberry.field
    def title(self) -> str:
        return PRODUCTS[self.sku][0]

    @strawberry.field
    def made_by(self) -> User:
        return User(id=strawberry.ID(PRODUCTS[self.sku][1]))

    @classmethod
    def resolve_reference(cls, sku: strawberry.ID) -> Product:
        return cls(sku=sku)


@strawberry.type
class Query:
    @strawberry.field
    def products(self) -> list[Product]:
        return [Product(sku=strawberry.ID(sku)) for sku in PRODUCTS]


app = GraphQL[None, None](strawberry.federation.Schema(query=Query))
