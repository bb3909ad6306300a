"""Users, with Strawberry."""

from __future__ import annotations

import strawberry
from strawberry.asgi import GraphQL

NAMES = {"1": "Ada", "2": "Grace"}


@strawberry.federation.type(keys=["id"])
class User:
    id: strawberry.ID

    @strawberry.field
    def name(self) -> str:
        return NAMES[self.id]

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> User:  # noqa: A002 the key's name
        return cls(id=id)


@strawberry.type
class Query:
    @strawberry.field
    def user(self, id: strawberry.ID) -> User | None:  # noqa: A002 the argument's name
        return User(id=id) if id in NAMES else None


app = GraphQL[None, None](strawberry.federation.Schema(query=Query))
