"""The stages of planning as text: what was wanted, who could resolve it, what was chosen, and what became of that."""

from __future__ import annotations

from pathlib import Path

import pytest

from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import read_supergraph
from tests.support.planning_cases import read_planning_cases

_CASES = Path(__file__).parent / "cases"


def _stages(file: str, query: str) -> dict[str, str]:
    supergraph = read_supergraph(read_planning_cases(_CASES / f"{file}.txt")[0].supergraph)
    operation = normalize_operation(supergraph, parse_document(query), None)
    found: list[tuple[str, str]] = []
    plan_operation(build_graph(supergraph), operation, observe=lambda name, show: found.append((name, show())))
    assert [name for name, _ in found[:4]] == ["operation", "reach", "cover", "fetch graph"]
    return dict(found)


class TestStages:
    def test_the_operation_is_shown_normalized(self) -> None:
        stages = _stages("requires", "query { ...Items } fragment Items on Query { item { total total } }")
        assert stages["operation"] == "query { item { total } }"

    def test_reach_tells_who_defines_each_wanted_field_and_by_what_right(self) -> None:
        stages = _stages("requires", "{ item { total key: id } __typename }")
        assert stages["reach"].splitlines() == [
            "Item.id: a, b, c",
            "Item.key: id: a, b, c",
            "Item.shipping: b (requires weight), c (external)",
            "Item.total: c (requires shipping)",
            "Item.weight: a, b (external)",
            "Query.item { … }: a",
        ]

    def test_the_cover_marks_the_chosen_ways_and_their_cost(self) -> None:
        stages = _stages("requires", "{ item { total } }")
        assert stages["cover"].splitlines() == [
            "root: Query.item { … }",
            "  * here (a): 2 waves, 3 fetches",
            "item: Item.total",
            "  * c by key id: 2 waves, 2 fetches",
            "item: Item.shipping (for another field)",
            "  * b by key id: 1 wave, 1 fetch",
        ]

    def test_the_fetch_graph_tells_waves_and_what_waits_for_what(self) -> None:
        stages = _stages("requires", "query ($on: Boolean!) { item { id total @include(if: $on) } }")
        assert stages["fetch graph"].splitlines() == [
            "#0 a, wave 0",
            "  asks Query { item { id weight @include(if: $on) } }",
            "#1 b, wave 1, after #0, if $on",
            "  at item",
            "  sends Item { id weight }",
            "  asks Item { shipping }",
            "#2 c, wave 2, after #0 #1, if $on",
            "  at item",
            "  sends Item { id shipping }",
            "  asks Item { total }",
        ]

    def test_each_pass_that_changes_the_fetch_graph_shows_it(self) -> None:
        query = "{ best { shipping badge } item { total } }"
        changed = _stages("requires", query)["fetch graph after delay_fetches"]
        assert changed != _stages("requires", query)["fetch graph"]
        assert "#7 c, wave 3, after #5 #6" in changed

    def test_contexts_and_roots_below_the_root(self) -> None:
        stages = _stages("contexts", "{ own { payments { signed } } }")
        assert "Payment.signed: b (name from $b__user { name })" in stages["reach"]
        assert "  fills b__user(name): String! from 1 up" in stages["fetch graph"]
        stages = _stages("nested_roots", "mutation { add { query { count } } drop { query { items { id } } } }")
        assert "  * c by the root: 1 wave, 1 fetch" in stages["cover"]
        assert "#2 b, wave 0, segment 1" in stages["fetch graph"]

    @pytest.mark.parametrize("file", ["requires", "provides", "shareable", "abstract", "interface_object", "mutations"])
    def test_stages_are_the_same_every_time(self, file: str) -> None:
        for case in read_planning_cases(_CASES / f"{file}.txt"):
            assert list(_stages(file, case.operation).items()) == list(_stages(file, case.operation).items())
