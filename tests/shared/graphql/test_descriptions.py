"""Docstrings become descriptions; what is alike in every type is described once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import strawberry
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, GraphQLUnionType

from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import First, Once, PageInfo, Shows, SubgraphSchema, by_id, mutation
from entrepot.shared.graphql.docstrings import read_class_docstring, read_member_docstring


class Colour(StrEnum):
    """A colour of paint.

    The second paragraph
    is wrapped.
    """

    RED = "RED"
    """As a fire engine."""
    BLUE = "BLUE"


strawberry.enum(Colour)


@strawberry.type
class Base:
    inherited: int
    """Described in the base."""


@strawberry.type
class Paint(Base):
    """What walls are painted with."""

    id: strawberry.ID
    colour: Colour
    """Its colour."""
    undescribed: int

    @strawberry.field
    def litres(self, first: First = None) -> int:
        """How much there is, in litres."""
        return first or 1

    @strawberry.field(description="The declaration wins.")
    def price(self) -> int:
        """Not this."""
        return 1


@strawberry.type
class PaintEdge:
    node: Paint
    cursor: str


@strawberry.type
class PaintConnection:
    edges: list[PaintEdge]
    page_info: PageInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Mix a paint."""

    colour: Colour = Colour.RED
    """The colour to mix."""


async def mix(unit: object, _command: Mix) -> Paint:
    return await find(unit, "pnt_1")


async def find(_unit: object, paint_id: str) -> Paint:
    return Paint(inherited=1, id=strawberry.ID(paint_id), colour=Colour.RED, undescribed=1)


MIX = mutation(
    mix,
    shows={"paint": Shows(Paint, "The paint")},
    refuses=[InvalidInput],
    once=Once(lambda paint: paint.id, by_id(find)),
)


@strawberry.type
class Query:
    paints: PaintConnection


SCHEMA = SubgraphSchema(query=Query, mutations=[MIX])


def get(name: str) -> Any:
    return SCHEMA._schema.type_map[name]


class TestDocstrings:
    def test_of_a_type_its_fields_and_resolvers(self) -> None:
        paint: GraphQLObjectType = get("Paint")
        assert paint.description == "What walls are painted with."
        assert {name: field.description for name, field in paint.fields.items() if name != "id"} == {
            "inherited": "Described in the base.",
            "colour": "Its colour.",
            "undescribed": None,
            "litres": "How much there is, in litres.",
            "price": "The declaration wins.",
        }

    def test_of_an_enum_and_its_values(self) -> None:
        colour: GraphQLEnumType = get("Colour")
        assert colour.description == "A colour of paint.\n\nThe second paragraph is wrapped."
        assert {name: value.description for name, value in colour.values.items()} == {
            "RED": "As a fire engine.",
            "BLUE": None,
        }

    def test_of_an_input(self) -> None:
        mix: GraphQLInputObjectType = get("MixInput")
        assert mix.fields["colour"].description == "The colour to mix."

    def test_of_a_command(self) -> None:
        assert get("Mutation").fields["mix"].description == "Mix a paint."
        assert get("MixPayload").fields["paint"].description == "The paint; null when the mutation was refused."

    def test_the_signature_that_a_dataclass_writes_is_none(self) -> None:
        assert Base.__doc__ == "Base(*, inherited: 'int')"
        assert get("PaintConnection").description == "A page of a list of `Paint`."

    def test_of_a_class_in_a_function(self) -> None:
        @strawberry.type(name="Query")
        class Local:
            """Local."""

            value: int
            """Its value."""

        schema = SubgraphSchema(query=Local)._schema
        assert schema.query_type is not None
        assert schema.query_type.fields["value"].description == "Its value."

    def test_of_a_class_without_source(self) -> None:
        assert read_class_docstring(int) is None
        assert read_member_docstring(int, "real") is None


class TestWhatIsAlike:
    def test_edges_and_connections(self) -> None:
        assert get("PaintEdge").description == "One `Paint` of a page, with its cursor."
        assert get("PaintEdge").fields["cursor"].description.startswith("The position of this item.")
        assert get("PaintConnection").fields["edges"].description.startswith("The items of this page")

    def test_a_mutation_names_itself_in_what_belongs_to_it(self) -> None:
        error: GraphQLUnionType = get("MixError")
        assert "`mix`" in (error.description or "")
        assert "`mix`" in get("MixInput").description
        assert "`mix`" in get("MixPayload").description
        assert get("MixPayload").fields["errors"].description
        assert get("MixInput").fields["idempotencyKey"].description
        assert get("Mutation").fields["mix"].args["input"].description

    def test_the_arguments_of_a_page(self) -> None:
        assert "from 1 to 100" in get("Paint").fields["litres"].args["first"].description

    def test_ids_and_roots(self) -> None:
        assert get("Paint").fields["id"].description
        assert get("Query").description


async def test_the_sdl_that_is_served_is_the_sdl() -> None:
    served = await SCHEMA.execute("{ _service { sdl } }")
    assert served.data is not None
    assert served.data["_service"]["sdl"] == SCHEMA.sdl
    assert SCHEMA.sdl.count(SCHEMA._schema.description or "") == 1
