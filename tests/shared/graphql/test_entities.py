"""Types that are made from rows, and what leads from one to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from strawberry.types import Info

from entrepot.shared.auth import ANONYMOUS, Principal
from entrepot.shared.db import Reader
from entrepot.shared.graphql import (
    Context,
    Money,
    SubgraphSchema,
    derived,
    derived_private,
    entity,
    extension,
    find,
    foreign,
    lookup,
    many,
    money,
    one,
    read_row,
    refers,
    row_type,
    transitions,
)
from entrepot.shared.states import StateMachine, Transition
from tests.support.kernel import Kernel


class Phase(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    OTHER = "?"


PHASES = StateMachine("Shelf", Phase.OPEN, [Transition(Phase.OPEN, Phase.SHUT, "shelves:shut", by_owner=True)])
strawberry.enum(Phase)

SHELVES = {
    "s1": SimpleNamespace(id="s1", code="a", phase="open", owner="usr_1", secret=False, parent_id=None, place="p1"),
    "s2": SimpleNamespace(id="s2", code="b", phase=Phase.SHUT, owner="usr_1", secret=True, parent_id="s1", place="p1"),
    "s3": SimpleNamespace(id="s3", code="c", phase="moved", owner=None, secret=False, parent_id="s2", place="p2"),
}
BOOKS = [
    SimpleNamespace(shelf="s1", title="one", cents=100, currency="EUR"),
    SimpleNamespace(shelf="s1", title="two", cents=None, currency=None),
]
READS: list[tuple[str, list[Any]]] = []


def _read_by(attribute: str) -> Any:
    async def read(_reader: Reader, keys: Sequence[str]) -> Mapping[str, list[Any]]:
        READS.append((attribute, list(keys)))
        return {
            key: rows for key in keys if (rows := [row for row in SHELVES.values() if getattr(row, attribute) == key])
        }

    return read


async def read_books(_reader: Reader, keys: Sequence[str]) -> Mapping[str, list[Any]]:
    READS.append(("books", list(keys)))
    return {key: [book for book in BOOKS if book.shelf == key] for key in keys}


async def read_parents(_reader: Reader, keys: Sequence[str]) -> Mapping[str, Any]:
    return {key: SHELVES[key] for key in keys}


@foreign
class Place:
    id: strawberry.ID


@row_type
class Book:
    title: str
    price: Money | None = money("cents")


def _sees(context: Context[Any], row: Any) -> bool:
    return not row.secret or context.principal.user_id == row.owner


BY_ID, BY_CODE = _read_by("id"), _read_by("code")


@entity({"id": BY_ID, "code": BY_CODE}, keys=["id"], sees=_sees)
class Shelf:
    id: strawberry.ID
    code: str
    phase: Phase
    label: str = derived(lambda row: row.code.upper())
    owner: strawberry.Private[str | None]
    place_id: strawberry.Private[str] = derived_private(lambda row: row.place)
    parent_id: strawberry.Private[str | None]

    parent: Shelf | None = one(read_parents, by="parent_id")
    books: list[Book] = many(read_books, by="id", expected=2)
    place: Place = refers(lambda shelf: Place(id=shelf.place_id))
    allowed: list[Phase] = transitions(PHASES, state="phase", owner="owner")


@extension
class Visitor:
    id: strawberry.ID

    @strawberry.field
    def name(self) -> str:
        return f"reader {self.id}"


@strawberry.type
class Query:
    shelf: Shelf | None = lookup()
    open_shelf: Shelf | None = lookup("code", only=lambda _context, row: row.phase == "open")

    @strawberry.field
    async def shelves(self, info: Info[Any, Any]) -> list[Shelf]:
        return [read_row(Shelf, row) for row in SHELVES.values()]


SCHEMA = SubgraphSchema(query=Query, types=[Visitor])
OWNER = Principal(user_id="usr_1", scopes=frozenset())
STAFF = Principal(user_id="usr_9", scopes=frozenset({"shelves:shut"}))


async def execute(kernel: Kernel, document: str, caller: Principal = ANONYMOUS, **variables: Any) -> Any:
    READS.clear()
    context: Context[None] = Context(caller, kernel.transactions, kernel.fan_out)
    return await SCHEMA.execute(document, variable_values=variables, context_value=context)


async def test_fields_are_columns_enums_and_what_is_computed(kernel: Kernel) -> None:
    result = await execute(kernel, "{ shelves { id code phase label place { id } } }", OWNER)
    assert result.errors is None
    assert result.data["shelves"] == [
        {"id": "s1", "code": "a", "phase": "OPEN", "label": "A", "place": {"id": "p1"}},
        {"id": "s2", "code": "b", "phase": "SHUT", "label": "B", "place": {"id": "p1"}},
        {"id": "s3", "code": "c", "phase": "OTHER", "label": "C", "place": {"id": "p2"}},
    ]


async def test_a_relation_is_read_once_for_all_and_shows_what_the_caller_may_know(kernel: Kernel) -> None:
    document = "{ shelves { parent { id } books { title price { minorUnits currency } } } }"
    result = await execute(kernel, document)
    assert READS == [("books", ["s1", "s2", "s3"])]
    first, second, third = result.data["shelves"]
    assert first["books"] == [
        {"title": "one", "price": {"minorUnits": 100, "currency": "EUR"}},
        {"title": "two", "price": None},
    ]
    assert (first["parent"], second["parent"], third["parent"]) == (None, {"id": "s1"}, None)
    result = await execute(kernel, document, OWNER)
    assert result.data["shelves"][2]["parent"] == {"id": "s2"}


@pytest.mark.parametrize(
    ("caller", "allowed"), [(ANONYMOUS, [[], [], []]), (OWNER, [["SHUT"], [], []]), (STAFF, [["SHUT"], [], []])]
)
async def test_transitions_are_those_of_the_caller(kernel: Kernel, caller: Principal, allowed: list[list[str]]) -> None:
    result = await execute(kernel, "{ shelves { allowed } }", caller)
    assert [shelf["allowed"] for shelf in result.data["shelves"]] == allowed


@pytest.mark.parametrize(
    ("caller", "document", "found"),
    [
        (ANONYMOUS, '{ found: shelf(id: "s1") { id } }', "s1"),
        (ANONYMOUS, '{ found: shelf(id: "s2") { id } }', None),
        (OWNER, '{ found: shelf(id: "s2") { id } }', "s2"),
        (OWNER, '{ found: shelf(id: "none") { id } }', None),
        (ANONYMOUS, '{ found: openShelf(code: "a") { id } }', "s1"),
        (OWNER, '{ found: openShelf(code: "b") { id } }', None),
    ],
)
async def test_lookups_show_what_the_caller_may_know(
    kernel: Kernel, caller: Principal, document: str, found: str | None
) -> None:
    result = await execute(kernel, document, caller)
    assert result.errors is None
    assert result.data["found"] == (None if found is None else {"id": found})


async def test_references_are_resolved_by_key_each_with_its_own_fault(kernel: Kernel) -> None:
    references = [
        {"__typename": "Shelf", "id": "s1"},
        {"__typename": "Shelf", "id": "s2"},
        {"__typename": "Shelf", "code": "a"},
        {"__typename": "Visitor", "id": "r1"},
        {"__typename": "Visitor"},
    ]
    document = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Shelf { id } ... on Visitor { name } } }"
    result = await execute(kernel, document, r=references)
    assert result.data["_entities"] == [{"id": "s1"}, None, None, {"name": "reader r1"}, None]
    assert [error.path[1] for error in result.errors] == [2, 4]
    assert READS == [("id", ["s1", "s2"])]


async def test_what_is_no_entity_cannot_be_found(kernel: Kernel) -> None:
    context: Context[None] = Context(ANONYMOUS, kernel.transactions, kernel.fan_out)
    with pytest.raises(TypeError, match="Book"):
        await find(context, Book, id="b1")


def test_the_schema_has_the_declared_keys() -> None:
    assert 'type Shelf @key(fields: "id") {' in SCHEMA.sdl
    assert 'type Visitor @key(fields: "id") {' in SCHEMA.sdl
    assert 'type Place @key(fields: "id", resolvable: false) {' in SCHEMA.sdl
    assert 'shelf(\n    """`Shelf.id`."""\n    id: ID!\n  ): Shelf' in SCHEMA.sdl
