"""`_entities` in batches, one bad item an error for that one alone; and the SDL."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry
from graphql import build_schema

from entrepot.shared.graphql import SubgraphSchema
from entrepot.shared.graphql.representations import read_key
from entrepot.shared.graphql.schema import MAX_REPRESENTATIONS
from entrepot.subgraphs.registry import SUBGRAPHS, load
from tests.support.kernel import Kernel, note_effect
from tests.support.kernel_graph import SCHEMA, SECRET

ENTITIES = """query ($r: [_Any!]!) { _entities(representations: $r) {
  __typename ... on Note { id times } ... on Broken { id } ... on Short { id } } }"""


@pytest.fixture
async def notes(kernel: Kernel) -> None:
    async with kernel.transactions.begin() as unit:
        for what in ("a", "b", "b"):
            await note_effect(unit, what)


def note(**key: Any) -> dict[str, Any]:
    return {"__typename": "Note", **key}


@pytest.mark.usefixtures("notes")
class TestEntities:
    async def test_stand_in_the_order_they_were_asked_for(self, ask: Any) -> None:
        asked = [note(id="b"), note(otherKey="a"), note(id="none"), note(id="b"), note(otherKey="b", id="a")]
        answer = await ask(ENTITIES, r=asked)
        assert "errors" not in answer
        assert [found and (found["id"], found["times"]) for found in answer["data"]["_entities"]] == [
            ("b", 2),
            ("a", 1),
            None,
            ("b", 2),
            ("a", 1),
        ]

    async def test_are_one_statement_a_key(self, ask: Any, kernel: Kernel) -> None:
        statements: list[str] = []
        stop = kernel.database.count_statements(statements.append)
        await ask(ENTITIES, r=[note(id=f"n{number}") for number in range(500)] + [note(otherKey="a")])
        stop()
        assert len([statement for statement in statements if statement.startswith("SELECT")]) == 2

    @pytest.mark.parametrize(
        "representation",
        [
            {"__typename": "Note"},
            {"__typename": "Note", "id": None},
            {"__typename": "Note", "id": 5},
            {"__typename": "Note", "id": ["a"]},
            {"__typename": "Note", "other_key": "a"},
            {"__typename": "Nobody", "id": "a"},
            {"__typename": "Query"},
            {"__typename": "String"},
            {"__typename": "Box"},
            {"__typename": "__Schema"},
            {"__typename": 5},
            {"__typename": None},
            {"__typename": ["Note"]},
            {"id": "a"},
            {},
        ],
    )
    async def test_one_that_makes_no_sense_is_an_error_for_that_one(
        self, ask: Any, representation: dict[str, Any]
    ) -> None:
        answer = await ask(ENTITIES, r=[note(id="a"), representation, note(id="b")])
        assert [found and found["id"] for found in answer["data"]["_entities"]] == ["a", None, "b"]
        (error,) = answer["errors"]
        assert (error["path"], error["extensions"]["code"]) == (["_entities", 1], "BAD_USER_INPUT")

    @pytest.mark.parametrize("representation", ["text", 5, ["Note"], True])
    async def test_what_is_no_object_is_an_error_too(self, ask: Any, representation: Any) -> None:
        answer = await ask(ENTITIES, r=[note(id="a"), representation])
        assert [found and found["id"] for found in answer["data"]["_entities"]] == ["a", None]
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"

    @pytest.mark.parametrize("typename", ["Broken", "Short"])
    async def test_a_type_that_fails_takes_no_other_with_it(self, ask: Any, typename: str) -> None:
        broken = {"__typename": typename, "id": "x"}
        answer = await ask(ENTITIES, r=[broken, note(id="a"), broken])
        assert [found and found["id"] for found in answer["data"]["_entities"]] == [None, "a", None]
        assert [(error["path"][1], error["extensions"]["code"]) for error in answer["errors"]] == [
            (0, "INTERNAL_SERVER_ERROR"),
            (2, "INTERNAL_SERVER_ERROR"),
        ]
        assert SECRET not in str(answer)

    async def test_a_batch_that_fails_fails_for_its_key_alone(self, ask: Any) -> None:
        answer = await ask(ENTITIES, r=[note(id="a"), note(otherKey="poison"), note(id="b"), note(otherKey="b")])
        assert [found and found["id"] for found in answer["data"]["_entities"]] == ["a", None, "b", None]
        assert [error["path"][1] for error in answer["errors"]] == [1, 3]
        assert SECRET not in str(answer)

    async def test_are_limited(self, ask: Any) -> None:
        answer = await ask(ENTITIES, r=[note(id="a")] * (MAX_REPRESENTATIONS + 1))
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"

    async def test_of_none_are_none(self, ask: Any) -> None:
        assert await ask(ENTITIES, r=[]) == {"data": {"_entities": []}}


class TestSdl:
    def test_defaults_are_those_that_mean_something(self) -> None:
        assert "= null" not in SCHEMA.sdl
        for line in (
            "search(text: String, filter: FilterInput, first: Int! = 5): String!",
            'order: String! = "up"',
        ):
            assert line in SCHEMA.sdl

    @pytest.mark.parametrize("name", SUBGRAPHS)
    def test_of_no_subgraph_defaults_to_null(self, name: str) -> None:
        assert "= null" not in load(name).schema.sdl

    async def test_is_what_the_service_says(self, ask: Any) -> None:
        answer = await ask("{ _service { sdl } }")
        assert answer["data"]["_service"]["sdl"].strip() == SCHEMA.sdl.strip()
        assert build_schema(SCHEMA.sdl, assume_valid_sdl=True).query_type

    async def test_what_is_left_out_keeps_the_python_default(self, ask: Any) -> None:
        query = """query ($t: String, $n: Int! = 9) {
          none: search
          null: search(text: null, filter: null)
          unset: search(text: $t)
          empty: search(filter: {})
          some: search(filter: { size: 3, order: "down" }, first: $n) }"""
        assert (await ask(query))["data"] == {
            "none": "(None, None, 5)",
            "null": "(None, None, 5)",
            "unset": "(None, None, 5)",
            "empty": "(None, (None, None, 'up'), 5)",
            "some": "(None, (None, 3, 'down'), 9)",
        }


class TestDeclaration:
    def test_a_subscription_that_streams_nothing_is_refused(self) -> None:
        @strawberry.type
        class Query:
            x: int = 1

        @strawberry.type
        class Subscription:
            @strawberry.federation.field(authenticated=True)
            def quiet(self) -> int:
                return 1

        with pytest.raises(TypeError, match=r"Subscription\.quiet streams nothing"):
            SubgraphSchema(query=Query, subscription=Subscription)


def test_read_key_is_text_or_an_error() -> None:
    assert read_key({"otherKey": "a"}, "other_key") == "a"
    with pytest.raises(Exception, match="otherKey"):
        read_key({"__typename": "Note", "otherKey": 5}, "other_key")
