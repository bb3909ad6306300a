"""Execution in parts: the primary one first, then each deferred part as soon as it is fetched."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import Any

import pytest
from graphql import validate

from entrepot.router.execution import (
    DeferredExecution,
    ExecutionRequest,
    Payload,
    SubgraphRequest,
    compile_plan,
)
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import read_supergraph
from tests.support.scripted_transport import ScriptedTransport

SUPERGRAPH = read_supergraph("""
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.4", for: EXECUTION)
{ query: Query }
enum join__Graph {
  A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") C @join__graph(name: "c", url: "")
}
type Query @join__type(graph: A) { items: [Item]! @join__field(graph: A) none: Item @join__field(graph: A) }
type Item @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") @join__type(graph: C, key: "id") {
  id: ID!
  name: String @join__field(graph: A)
  stock: Int @join__field(graph: B)
  price: Int! @join__field(graph: B)
  owner: Person @join__field(graph: B)
  rating: Int @join__field(graph: C)
}
type Person @join__type(graph: B, key: "id") @join__type(graph: C, key: "id") {
  id: ID! name: String @join__field(graph: B) age: Int @join__field(graph: C)
}
""")
GRAPH = build_graph(SUPERGRAPH)


class Subgraphs(ScriptedTransport):
    """Replies with all known values of the requested objects."""

    def __init__(self) -> None:
        super().__init__(respond=self._look_up)
        self.roots: dict[str, Any] = {"items": [{"id": "1"}, {"id": "2"}], "none": None}
        self.known: dict[tuple[str, str], dict[str, Any]] = {
            **{("a", key): {"name": f"Item {key}"} for key in "12"},
            **{("b", key): {"stock": 5, "price": 9, "owner": {"id": f"p{key}", "name": "Ada"}} for key in "12"},
            **{("c", key): {"rating": 4} for key in "12"},
            **{("c", f"p{key}"): {"age": 36} for key in "12"},
        }
        self.errors: dict[str, list[dict[str, Any]]] = {}

    def _look_up(self, request: SubgraphRequest) -> dict[str, Any]:
        name, body = request.subgraph, json.loads(request.body)
        variables = body.get("variables") or {}
        sent = variables.get("representations")
        data = self.roots if sent is None else {"_entities": [self.known[name, item["id"]] for item in sent]}
        return {"data": data} | ({"errors": self.errors[name]} if name in self.errors and sent else {})

    def start(self, text: str, **variables: Any) -> DeferredExecution:
        document = parse_document(text)
        assert validate(SUPERGRAPH.api_schema, document) == []
        plan = plan_operation(GRAPH, normalize_operation(SUPERGRAPH, document, None))
        request = ExecutionRequest(transport=self, variables=variables)
        return compile_plan(plan, api_schema=SUPERGRAPH.api_schema).execute_deferred(request)

    async def run(self, text: str, **variables: Any) -> list[Payload]:
        execution = self.start(text, **variables)
        payloads = [await execution.begin()]
        if payloads[0].has_next:
            payloads += [payload async for payload in execution.continue_()]
        return payloads


@pytest.fixture
def subgraphs() -> Subgraphs:
    return Subgraphs()


def told(payload: Payload) -> dict[str, Any]:
    """A payload in few words: what is announced, delivered (path: data) and completed."""
    return {
        "pending": [(item.path, item.label) for item in payload.pending],
        "delivered": [(item.path, item.data) for item in payload.delivered],
        "completed": [item.fragment.path for item in payload.completed],
        "has_next": payload.has_next,
    }


def data_of(payload: Payload) -> Any:
    assert payload.result is not None
    return payload.result.data


class TestOrder:
    async def test_the_primary_part_comes_first_and_each_item_of_a_list_has_its_own_entry(
        self, subgraphs: Subgraphs
    ) -> None:
        subgraphs.held["b"] = asyncio.Event()
        execution = subgraphs.start('{ items { id ... @defer(label: "x") { stock } } }')
        first = await asyncio.wait_for(execution.begin(), 5)
        assert data_of(first) == {"items": [{"id": "1"}, {"id": "2"}]}
        assert told(first)["pending"] == [(("items", 0), "x"), (("items", 1), "x")]
        assert first.has_next
        subgraphs.held["b"].set()
        (second,) = [payload async for payload in execution.continue_()]
        assert told(second) == {
            "pending": [],
            "delivered": [(("items", 0), {"stock": 5}), (("items", 1), {"stock": 5})],
            "completed": [("items", 0), ("items", 1)],
            "has_next": False,
        }

    async def test_parts_run_at_the_same_time_and_come_as_they_are_ready(self, subgraphs: Subgraphs) -> None:
        subgraphs.held = {"b": asyncio.Event(), "c": asyncio.Event()}
        execution = subgraphs.start("{ items { id ... @defer { stock } ... @defer { rating } } }")
        await execution.begin()
        async with asyncio.timeout(5), aclosing(execution.continue_()) as payloads:
            following = asyncio.ensure_future(anext(payloads))
            await subgraphs.arrived["b"].wait()
            await subgraphs.arrived["c"].wait()
            subgraphs.held["c"].set()
            assert [data for _, data in told(await following)["delivered"]] == [{"rating": 4}] * 2
            subgraphs.held["b"].set()
            last = await anext(payloads)
            assert [data for _, data in told(last)["delivered"]] == [{"stock": 5}] * 2
            assert not last.has_next

    async def test_a_nested_fragment_is_announced_when_the_one_around_it_is_complete(
        self, subgraphs: Subgraphs
    ) -> None:
        subgraphs.held["c"] = asyncio.Event()
        execution = subgraphs.start(
            '{ items { id ... @defer(label: "o") { owner { name ... @defer(label: "i") { age } } } } }'
        )
        first = await execution.begin()
        assert {label for _, label in told(first)["pending"]} == {"o"}
        async with asyncio.timeout(5), aclosing(execution.continue_()) as payloads:
            second = told(await anext(payloads))
            assert second["delivered"][0] == (("items", 0), {"owner": {"name": "Ada"}})
            assert second["pending"] == [(("items", 0, "owner"), "i"), (("items", 1, "owner"), "i")]
            assert subgraphs.names == ["a", "b"]
            subgraphs.held["c"].set()
            assert told(await anext(payloads))["delivered"][1] == (("items", 1, "owner"), {"age": 36})
        assert subgraphs.names == ["a", "b", "c"]

    async def test_what_two_fragments_hold_is_delivered_once_for_both(self, subgraphs: Subgraphs) -> None:
        payloads = await subgraphs.run("{ items { id ... @defer { stock } ... @defer { stock rating } } }")
        delivered = [item for payload in payloads for item in payload.delivered if item.path == ("items", 0)]
        assert sorted(json.dumps(item.data) for item in delivered) == ['{"rating": 4}', '{"stock": 5}']
        assert sorted(len(item.fragments) for item in delivered) == [1, 2]
        assert sum(len(payload.completed) for payload in payloads) == 4

    async def test_a_field_that_is_selected_at_once_too_is_not_deferred(self, subgraphs: Subgraphs) -> None:
        text = "query ($now: Boolean!) { items { id stock @include(if: $now) ... @defer { stock } } }"
        (only,) = await subgraphs.run(text, now=True)
        assert data_of(only) == {"items": [{"id": "1", "stock": 5}, {"id": "2", "stock": 5}]}
        first, second = await subgraphs.run(text, now=False)
        assert data_of(first) == {"items": [{"id": "1"}, {"id": "2"}]}
        assert told(second)["delivered"][0] == (("items", 0), {"stock": 5})


class TestNothingDeferred:
    @pytest.mark.parametrize(
        ("text", "data"),
        [
            ("{ none { ... @defer { stock } } }", {"none": None}),
            ("{ none { id } ... @defer { none { id } } }", {"none": None}),
        ],
    )
    async def test_the_answer_comes_whole(self, subgraphs: Subgraphs, text: str, data: object) -> None:
        (only,) = await subgraphs.run(text)
        assert (data_of(only), only.has_next, subgraphs.names) == (data, False, ["a"])

    async def test_a_condition_that_does_not_hold_leaves_nothing_to_fetch(self, subgraphs: Subgraphs) -> None:
        text = "query ($yes: Boolean!) { items { id ... @include(if: $yes) @defer { stock } } }"
        (only,) = await subgraphs.run(text, yes=False)
        assert (only.has_next, subgraphs.names) == (False, ["a"])


class TestErrors:
    async def test_an_error_comes_with_its_part_at_the_clients_path(self, subgraphs: Subgraphs) -> None:
        subgraphs.known["b", "1"] |= {"count": 5}
        subgraphs.known["b", "2"] |= {"count": None}
        subgraphs.errors["b"] = [{"message": "Lost.", "path": ["_entities", 1, "count"]}]
        first, second = await subgraphs.run("{ items { id ... @defer { count: stock } } }")
        assert first.result is not None
        assert first.result.errors == []
        assert [item.errors for item in second.delivered] == [
            [],
            [{"message": "Lost.", "path": ["items", 1, "count"], "extensions": {"service": "b"}}],
        ]
        assert second.delivered[1].data == {"count": None}

    async def test_a_null_stops_at_the_edge_of_the_part(self, subgraphs: Subgraphs) -> None:
        subgraphs.known["b", "1"] |= {"price": None}
        first, second = await subgraphs.run("{ items { id ... @defer { price } } }")
        assert data_of(first) == {"items": [{"id": "1"}, {"id": "2"}]}
        assert [(item.path, item.data) for item in second.delivered] == [(("items", 1), {"price": 9})]
        failed = next(item for item in second.completed if item.errors)
        assert failed.fragment.path == ("items", 0)
        assert failed.errors[0]["path"] == ["items", 0, "price"]
        assert len(second.completed) == 2

    async def test_what_is_inside_of_a_failed_fragment_is_never_announced(self, subgraphs: Subgraphs) -> None:
        subgraphs.known["b", "1"] |= {"price": None}
        payloads = await subgraphs.run("{ items { id ... @defer { price ... @defer { rating } } } }")
        announced = [item.path for payload in payloads for item in payload.pending]
        assert announced == [("items", 0), ("items", 1), ("items", 1)]
        assert [item.data for payload in payloads for item in payload.delivered] == [{"price": 9}, {"rating": 4}]

    async def test_a_subgraph_that_fails_leaves_the_other_parts_whole(self, subgraphs: Subgraphs) -> None:
        del subgraphs.known["b", "1"]
        payloads = await subgraphs.run("{ items { id ... @defer { stock } ... @defer { rating } } }")
        delivered = [item for payload in payloads for item in payload.delivered]
        errors = [error["extensions"]["code"] for item in delivered for error in item.errors]
        assert errors == ["SUBGRAPH_UNAVAILABLE"]
        assert [item.data for item in delivered].count({"rating": 4}) == 2
        assert [item.data for item in delivered].count({"stock": None}) == 2

    async def test_every_object_is_told_why_it_failed(self, subgraphs: Subgraphs) -> None:
        del subgraphs.known["b", "1"]
        _, second = await subgraphs.run("{ items { id ... @defer { price } } }")
        assert second.delivered == []
        assert [bool(item.errors) for item in second.completed] == [True, True]


class TestEnd:
    async def test_closing_the_payloads_ends_all_work(self, subgraphs: Subgraphs) -> None:
        subgraphs.held = {"b": asyncio.Event(), "c": asyncio.Event()}
        execution = subgraphs.start("{ items { id ... @defer { stock } ... @defer { rating } } }")
        await execution.begin()
        reader = asyncio.ensure_future(anext(execution.continue_()))
        await subgraphs.arrived["b"].wait()
        await subgraphs.arrived["c"].wait()
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        assert sorted(subgraphs.cancelled) == ["b", "c"]

    async def test_what_is_pending_can_be_abandoned(self, subgraphs: Subgraphs) -> None:
        execution = subgraphs.start("{ items { id ... @defer { stock } } }")
        await execution.begin()
        last = execution.abandon({"message": "Too late."})
        assert not last.has_next
        assert [(item.fragment.path, item.errors) for item in last.completed] == [
            (("items", 0), [{"message": "Too late."}]),
            (("items", 1), [{"message": "Too late."}]),
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "{ items { id } }",
            "{ items { id ... @defer(if: false) { stock } } }",
            "{ items { id ... @skip(if: true) @defer { stock } } }",
        ],
    )
    async def test_a_plan_without_deferred_parts_has_none_to_run(self, subgraphs: Subgraphs, text: str) -> None:
        with pytest.raises(ValueError, match="no deferred parts"):
            subgraphs.start(text)
