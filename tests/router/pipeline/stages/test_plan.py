"""Plans on request, plans once an operation, and everything else once a document."""

from collections.abc import Callable
from typing import Any

import pytest

from entrepot.router.config import PlannerConfig, QueryPlanConfig, RouterConfig
from entrepot.router.pipeline.limits import document_limits as limits
from entrepot.router.pipeline.stages import normalize, parse, plan, validate
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.small_graph import SmallGraph
from tests.support.tokens import bearer

QUERY = "{ me { name notes { text } } }"
INCLUDE = {"entrepot-query-plan": "include"}
ONLY = {"entrepot-query-plan": "only"}
SHOWN = RouterConfig(query_plan=QueryPlanConfig(expose="on"))


class TestReports:
    async def test_include_adds_the_plan_and_the_fetches(self, build_client: Callable[..., AsgiClient]) -> None:
        content = (await build_client(SHOWN).query(QUERY, headers=INCLUDE)).json
        assert content["data"]["me"]["name"] == "Ada"
        report = content["extensions"]["queryPlan"]
        assert report["text"].startswith("QueryPlan {")
        assert report["json"]["kind"] == "query"
        assert report["mermaid"].startswith("flowchart")
        fetches = content["extensions"]["fetches"]
        assert [(item["subgraph"], item["representations"], item["status"]) for item in fetches] == [
            ("people", 0, 200),
            ("notes", 1, 200),
        ]
        assert all(item["milliseconds"] >= 0 for item in fetches)

    async def test_only_executes_nothing(self, build_client: Callable[..., AsgiClient], graph: SmallGraph) -> None:
        answer = await build_client(SHOWN).query('mutation { rename(id: "1", name: "X") { name } }', headers=ONLY)
        assert answer.json["data"] is None
        assert set(answer.json["extensions"]) == {"queryPlan"}
        assert graph.asked == []

    async def test_only_shows_the_plan_of_a_subscription(self, build_client: Callable[..., AsgiClient]) -> None:
        answer = await build_client(SHOWN).query("subscription { renamed { notes { text } } }", headers=ONLY)
        assert "notes" in answer.json["extensions"]["queryPlan"]["text"]

    async def test_unless_exposed_include_says_so_and_only_is_refused(
        self, client: AsgiClient, graph: SmallGraph
    ) -> None:
        answer = (await client.query(QUERY, headers=INCLUDE)).json
        assert answer["data"]["me"]["name"] == "Ada"
        assert set(answer["extensions"]) == {"queryPlanHidden"}
        assert "`query_plan.expose`" in answer["extensions"]["queryPlanHidden"]
        assert "extensions" not in (await client.query(QUERY)).json
        graph.requests.clear()
        answer = await client.query(QUERY, headers=ONLY)
        assert (answer.status, answer.codes) == (403, ["QUERY_PLAN_HIDDEN"])
        assert graph.asked == []

    async def test_it_can_be_exposed_to_scopes(
        self, build_client: Callable[..., AsgiClient], clock: ManualClock
    ) -> None:
        config = RouterConfig(query_plan=QueryPlanConfig(expose="scopes", scopes=(("plans:read",),)))
        client = build_client(config)
        assert (await client.query(QUERY, headers=ONLY | bearer(clock))).status == 403
        assert (await client.query(QUERY, headers=ONLY | bearer(clock, scopes=["plans:read"]))).status == 200


class TestOnce:
    @pytest.fixture
    def calls(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The names of the costly functions, each time that one is called."""
        names: list[str] = []
        targets = [
            (parse, "parse_text"),
            (limits, "measure_document"),
            (validate, "validate"),
            (normalize, "normalize"),
            (plan, "plan"),
            (plan, "compile_plan"),
        ]
        for module, name in targets:
            original = getattr(module, name)

            def call(*arguments: Any, _name: str = name, _original: Any = original, **options: Any) -> Any:
                names.append(_name)
                return _original(*arguments, **options)

            monkeypatch.setattr(module, name, call)
        return names

    async def test_nothing_is_done_twice_for_one_document(self, client: AsgiClient, calls: list[str]) -> None:
        for _ in range(3):
            assert "errors" not in (await client.query(QUERY)).json
        assert sorted(calls) == sorted(
            ["parse_text", "measure_document", "validate", "normalize", "plan", "compile_plan"]
        )

    async def test_a_refused_document_is_refused_again_without_work(self, client: AsgiClient, calls: list[str]) -> None:
        answers = [await client.query("{ nothing }") for _ in range(3)]
        assert {answer.body for answer in answers} == {answers[0].body}
        assert calls == ["parse_text", "measure_document", "validate"]

    async def test_variables_and_claims_that_ask_nothing_share_a_plan(
        self, client: AsgiClient, clock: ManualClock, calls: list[str]
    ) -> None:
        query = "query($first: Int) { people(first: $first) { name } }"
        await client.query(query, {"first": 1})
        await client.query(query, {"first": 2}, headers=bearer(clock, scopes=["a"]))
        assert calls.count("plan") == 1

    async def test_documents_that_differ_in_layout_share_a_plan(self, client: AsgiClient, calls: list[str]) -> None:
        await client.query("{ me { name } }")
        await client.query("query {\n  me {\n    name\n  }\n}")
        await client.query("{ ...A } fragment A on Query { me { name name } }")
        assert (calls.count("parse_text"), calls.count("plan")) == (3, 1)

    async def test_each_set_of_met_requirements_has_its_plan(
        self, client: AsgiClient, clock: ManualClock, calls: list[str]
    ) -> None:
        for headers in ({}, bearer(clock), bearer(clock, scopes=["other"]), bearer(clock, sub="usr_2")):
            await client.query("{ secret me { name } }", headers=headers)
        assert calls.count("plan") == 2

    async def test_operations_of_one_document_have_their_own(self, client: AsgiClient, calls: list[str]) -> None:
        document = "query A { me { name } } query B { me { id } }"
        for name, data in (("A", {"name": "Ada"}), ("B", {"id": "1"}), ("A", {"name": "Ada"})):
            answer = await client.post({"query": document, "operationName": name})
            assert answer.json == {"data": {"me": data}}
        assert (calls.count("validate"), calls.count("plan")) == (1, 2)

    async def test_a_spent_budget_is_remembered(
        self, build_client: Callable[..., AsgiClient], calls: list[str]
    ) -> None:
        client = build_client(RouterConfig(planner=PlannerConfig(max_steps=1)))
        for _ in range(2):
            assert (await client.query(QUERY)).codes == ["QUERY_PLAN_TOO_COMPLEX"]
        assert calls.count("plan") == 1


class TestIntrospection:
    async def test_it_is_answered_without_a_subgraph(self, client: AsgiClient, graph: SmallGraph) -> None:
        answer = await client.query('{ __typename __type(name: "Person") { fields { name } } }')
        assert {field["name"] for field in answer.json["data"]["__type"]["fields"]} >= {"id", "greeting"}
        assert graph.asked == []

    async def test_turned_off_it_is_refused_and_names_are_not_suggested(
        self, build_client: Callable[..., AsgiClient]
    ) -> None:
        client = build_client(RouterConfig(introspection=False))
        refused = await client.query("{ __schema { queryType { name } } }")
        assert set(refused.codes) == {"GRAPHQL_VALIDATION_FAILED"}
        assert "data" not in refused.json
        assert (await client.query("{ __typename }")).json == {"data": {"__typename": "Query"}}
        for query, variables in (
            ("{ mee { name } }", None),
            ("query($f: PersonFilter) { people(filter: $f) { id } }", {"f": {"minimumAg": 1}}),
        ):
            assert b"Did you mean" not in (await client.query(query, variables)).body

    async def test_turned_on_names_are_suggested(self, client: AsgiClient) -> None:
        assert b"Did you mean" in (await client.query("{ mee { name } }")).body


class TestVariables:
    @pytest.mark.parametrize(
        ("variables", "sent"),
        [
            ({}, {"first": 1}),
            ({"first": 2}, {"first": 2}),
            ({"first": None}, {"first": None}),
            ({"x": 1}, {"first": 1}),
        ],
    )
    async def test_defaults_are_filled_in_and_strangers_dropped(
        self, client: AsgiClient, graph: SmallGraph, variables: dict[str, Any], sent: dict[str, Any]
    ) -> None:
        await client.query("query($first: Int = 1) { people(first: $first) { name } }", variables)
        assert graph.requests[0][1]["variables"] == sent

    async def test_each_wrong_value_is_told_with_its_place(self, client: AsgiClient) -> None:
        query = "query($f: PersonFilter!, $n: Int) { people(filter: $f, first: $n) { id } }"
        answer = await client.query(query, {"f": {"minimumAge": "old", "nam": "A"}, "n": 1.5})
        messages = " | ".join(error["message"] for error in answer.json["errors"])
        assert set(answer.codes) == {"BAD_USER_INPUT"}
        assert "$f" in messages
        assert "minimumAge" in messages
        assert "$n" in messages
