"""A schema of plain, resolved, related and abstract fields over 1,000 objects, and the operations that are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import strawberry
from aiodataloader import DataLoader
from strawberry.types import Info

from entrepot.shared.graphql.execution import batch_field

COUNT = 1000


@strawberry.type
class Part:
    number: int
    name: str
    note: str


@strawberry.interface
class Named:
    f1: str


@strawberry.type
class Item(Named):
    f0: int
    f2: str
    f3: str
    f4: str
    f5: int
    f6: float
    f7: bool
    f8: str
    f9: str | None
    part: Part

    @strawberry.field
    def s1(self) -> str:
        return self.f1

    @strawberry.field
    def s2(self, info: Info) -> int:
        return self.f0 if info.context else 0

    @strawberry.field
    def s3(self, n: int) -> int:
        return self.f0 + n

    @strawberry.field
    def s4(self, info: Info) -> str:
        return self.f2 if info.context else ""

    @strawberry.field
    def s5(self) -> str:
        return self.f3

    @strawberry.field
    async def later(self) -> Part:
        return self.part

    @strawberry.field
    async def loaded(self, info: Info) -> Part:
        part: Part = await info.context["parts"].load(self.f0)
        return part

    @batch_field
    async def batched(items: list[Item]) -> list[Part]:  # noqa: N805 the objects
        return [item.part for item in items]


@strawberry.type
class Note(Named):
    text: str


Content = Annotated[Item | Note, strawberry.union("Content")]

ITEMS = [
    Item(
        f0=number,
        f1=f"name {number}",
        f2="two",
        f3="three",
        f4="four",
        f5=number,
        f6=1.5,
        f7=True,
        f8="eight",
        f9=None,
        part=Part(number=number, name="part", note="note"),
    )
    for number in range(COUNT)
]
MIXED: list[Any] = [item if item.f0 % 2 else Note(f1=item.f1, text="text") for item in ITEMS]


class PartLoader(DataLoader[int, Part]):
    async def batch_load_fn(self, keys: list[int]) -> list[Part]:
        return [ITEMS[key].part for key in keys]


@strawberry.type
class Query:
    @strawberry.field
    def items(self) -> list[Item]:
        return ITEMS

    @strawberry.field
    def named(self) -> list[Named]:
        return MIXED

    @strawberry.field
    def contents(self) -> list[Content]:
        return MIXED


SCHEMA = strawberry.Schema(Query, types=[Item, Note])


def build_context() -> dict[str, Any]:
    return {"parts": PartLoader()}


@dataclass(frozen=True)
class Shape:
    """One operation; `baseline` is what graphql-core runs where it has no such field; `target` the ratio to reach."""

    name: str
    text: str
    target: float
    baseline: str | None = None


SHAPES = (
    Shape("10 plain fields", "{ items { f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 } }", 30),
    Shape("1 plain field", "{ items { f1 } }", 25),
    Shape("5 resolvers", "{ items { s1 s2 s3(n: 3) s4 s5 } }", 30),
    Shape("object of 3 fields", "{ items { part { number name note } } }", 25),
    Shape("interface", "{ named { __typename f1 ... on Item { f2 f3 } ... on Note { text } } }", 10),
    Shape("union", "{ contents { ... on Item { f0 f2 f3 } ... on Note { f1 text } } }", 10),
    Shape("coroutine per object", "{ items { later { number name note } } }", 3),
    Shape("data loader", "{ items { loaded { number name note } } }", 8),
    Shape(
        "batch field, for a data loader",
        "{ items { loaded: batched { number name note } } }",
        60,
        baseline="{ items { loaded { number name note } } }",
    ),
)
