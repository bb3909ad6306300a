"""Progressive overrides: decided a request, by chance or by name, and planned once for each way it can turn out."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from entrepot.router.app import RouterApp, build_router_app
from entrepot.router.config import OverridesConfig, RouterConfig
from entrepot.router.execution import SubgraphRequest
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.planning import collect_labels
from entrepot.router.supergraph import read_supergraph
from entrepot.shared.randomness import SeededRandomness
from tests.support.asgi_client import AsgiClient
from tests.support.scripted_transport import ScriptedTransport

_SUPERGRAPH = """
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION) { query: Query }
enum join__Graph { OLD @join__graph(name: "old", url: "") NEW @join__graph(name: "new", url: "") }
type Query @join__type(graph: OLD) @join__type(graph: NEW) {
  quarter: String @join__field(graph: OLD, usedOverridden: true, overrideLabel: "percent(25)")
    @join__field(graph: NEW, override: "old", overrideLabel: "percent(25)")
  never: String @join__field(graph: OLD, usedOverridden: true, overrideLabel: "percent(0)")
    @join__field(graph: NEW, override: "old", overrideLabel: "percent(0)")
  always: String @join__field(graph: OLD, usedOverridden: true, overrideLabel: "percent(100)")
    @join__field(graph: NEW, override: "old", overrideLabel: "percent(100)")
  named: String @join__field(graph: OLD, usedOverridden: true, overrideLabel: "beta")
    @join__field(graph: NEW, override: "old", overrideLabel: "beta")
  plain: String @join__field(graph: OLD)
  item: Item @join__field(graph: OLD)
  party: Party @join__field(graph: OLD)
}
interface Party @join__type(graph: OLD) { size: Int }
type Club implements Party @join__type(graph: OLD, key: "id") @join__type(graph: NEW, key: "id")
  @join__implements(graph: OLD, interface: "Party") {
  id: ID!
  size: Int @join__field(graph: OLD, usedOverridden: true, overrideLabel: "clubs")
    @join__field(graph: NEW, override: "old", overrideLabel: "clubs")
}
type Item @join__type(graph: OLD, key: "id code") @join__type(graph: NEW, key: "id") {
  id: ID!
  code: String @join__field(graph: OLD, usedOverridden: true, overrideLabel: "keyed")
    @join__field(graph: NEW, override: "old", overrideLabel: "keyed")
  weight: Int @join__field(graph: OLD, usedOverridden: true, overrideLabel: "weighed")
    @join__field(graph: NEW, override: "old", overrideLabel: "weighed")
  shipping: Int @join__field(graph: NEW, requires: "weight")
}
"""


def _reply_with_name(request: SubgraphRequest) -> dict[str, Any]:
    """Every key of the request with the name of the subgraph."""
    keys = re.sub(r": \w+", "", json.loads(request.body)["query"].strip("{ }")).split()
    return {"data": dict.fromkeys(keys, request.subgraph)}


def _build(overrides: OverridesConfig | None = None) -> tuple[AsgiClient, RouterApp]:
    config = RouterConfig(overrides=overrides or OverridesConfig())
    app = build_router_app(
        config, _SUPERGRAPH, transport=ScriptedTransport(respond=_reply_with_name), randomness=SeededRandomness(7)
    )
    return AsgiClient(app), app


async def _count_new(client: AsgiClient, field: str, times: int, **headers: str) -> int:
    answers = [(await client.query(f"{{ {field} }}", headers=headers)).json for _ in range(times)]
    return sum(answer["data"][field] == "new" for answer in answers)


class TestShares:
    async def test_a_percentage_holds_for_that_share_of_requests(self) -> None:
        client, app = _build()
        assert 70 <= await _count_new(client, "quarter", 400) <= 130
        assert len(app.snapshot.plans) == 2

    @pytest.mark.parametrize(("field", "expected"), [("never", 0), ("always", 40)])
    async def test_none_and_all_are_exact(self, field: str, expected: int) -> None:
        client, app = _build()
        assert await _count_new(client, field, 40) == expected
        assert len(app.snapshot.plans) == 1

    async def test_the_same_draws_decide_alike(self) -> None:
        first, second = _build()[0], _build()[0]
        for _ in range(30):
            answer = (await first.query("{ quarter }")).json
            assert answer == (await second.query("{ quarter }")).json

    async def test_one_request_has_one_decision(self) -> None:
        client, _ = _build()
        seen = set()
        for _ in range(40):
            data = (await client.query("{ a: quarter b: quarter }")).json["data"]
            assert data is not None
            seen.add((data["a"], data["b"]))
        assert len(seen) == 2
        assert all(left == right for left, right in seen)


class TestNames:
    async def test_a_label_holds_for_none_unless_it_is_configured(self) -> None:
        assert await _count_new(_build()[0], "named", 10) == 0
        assert await _count_new(_build(OverridesConfig(labels={"beta": 100.0}))[0], "named", 10) == 10
        assert 20 <= await _count_new(_build(OverridesConfig(labels={"beta": 50.0}))[0], "named", 80) <= 60

    async def test_a_header_lists_labels_where_it_is_configured(self) -> None:
        listed = {"x-labels": "other, beta"}
        assert await _count_new(_build()[0], "named", 3, **listed) == 0
        client, app = _build(OverridesConfig(header="X-Labels"))
        assert await _count_new(client, "named", 3, **listed) == 3
        assert await _count_new(client, "named", 3) == 0
        assert len(app.snapshot.plans) == 2

    async def test_a_header_does_not_decide_what_a_percentage_decides(self) -> None:
        client, _ = _build(OverridesConfig(header="x-labels"))
        assert await _count_new(client, "never", 3, **{"x-labels": "percent(0)"}) == 0


class TestTouched:
    @pytest.mark.parametrize(
        ("query", "labels"),
        [
            ("{ plain }", ()),
            ("{ named plain }", ("beta",)),
            ("{ named quarter }", ("beta", "percent(25)")),
            ("{ item { id } }", ("keyed",)),
            ("{ item { shipping } }", ("keyed", "weighed")),
            ("{ party { size } }", ("clubs",)),
            ("{ party { ... on Club { id } } }", ()),
        ],
    )
    def test_only_labels_that_can_change_the_plan_are_decided(self, query: str, labels: tuple[str, ...]) -> None:
        supergraph = read_supergraph(_SUPERGRAPH)
        operation = normalize_operation(supergraph, parse_document(query), None)
        assert collect_labels(build_graph(supergraph), operation) == labels

    async def test_other_labels_do_not_multiply_plans(self) -> None:
        client, app = _build()
        await _count_new(client, "plain", 20)
        assert len(app.snapshot.plans) == 1
