"""`@defer` before execution: what is valid, what is deferred for which request, and how often that is planned."""

from collections.abc import Callable

import pytest

from entrepot.router.pipeline.stages import plan
from tests.support.asgi_client import AsgiClient
from tests.support.small_graph import SmallGraph

PARTS = {"accept": "multipart/mixed;incrementalSpec=v0.2, application/json"}
QUERY = "query ($later: Boolean! = true) { me { name ... @defer(if: $later) { notes { text } } } }"
WHOLE = {"me": {"name": "Ada", "notes": [{"text": "note of 1"}]}}


class TestSchema:
    async def test_introspection_shows_the_directive(self, client: AsgiClient) -> None:
        query = "{ __schema { directives { name locations args { name defaultValue type { kind } } } } }"
        directives = (await client.query(query)).json["data"]["__schema"]["directives"]
        assert [item for item in directives if item["name"] == "defer"] == [
            {
                "name": "defer",
                "locations": ["FRAGMENT_SPREAD", "INLINE_FRAGMENT"],
                "args": [
                    {"name": "if", "defaultValue": "true", "type": {"kind": "NON_NULL"}},
                    {"name": "label", "defaultValue": None, "type": {"kind": "SCALAR"}},
                ],
            }
        ]

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("{ me @defer { name } }", "may not be used on field"),
            ('{ me { ... @defer(label: "a") { id } ... @defer(label: "a") { name } } }', "must be unique"),
            ("query ($a: String) { me { ... @defer(label: $a) { id } } }", "must be a static string"),
            ('mutation { ... @defer { rename(id: "1", name: "X") { id } } }', "cannot be used on root mutation type"),
            ("subscription { renamed { ... @defer { id } } }", "not supported on subscription operations"),
            ('{ me { ... @defer(if: "yes") { id } } }', "Boolean cannot represent"),
        ],
    )
    async def test_what_is_not_valid(self, client: AsgiClient, graph: SmallGraph, query: str, message: str) -> None:
        errors = (await client.query(query, headers=PARTS)).json["errors"]
        assert message in errors[0]["message"]
        assert graph.asked == []

    async def test_a_subscription_must_disable_it(self, client: AsgiClient) -> None:
        query = "subscription ($later: Boolean!) { renamed { id ... @defer(if: $later) { name } } }"
        stream = {"accept": "text/event-stream"}
        refused = await client.query(query, {"later": True}, headers=stream)
        assert b"not supported in a subscription" in refused.body
        answered = await client.query(query, {"later": False}, headers=stream)
        assert b'{"data":{"renamed":{"id":"2","name":"Grace"}}}' in answered.body


class TestDecision:
    @pytest.mark.parametrize("variables", [{}, {"later": True}])
    async def test_the_variable_defers(self, client: AsgiClient, variables: dict[str, bool]) -> None:
        answer = await client.query(QUERY, variables, headers=PARTS)
        assert answer.headers["content-type"].startswith("multipart/mixed")

    async def test_the_variable_disables(self, client: AsgiClient) -> None:
        assert (await client.query(QUERY, {"later": False}, headers=PARTS)).json["data"] == WHOLE

    async def test_a_fragment_that_is_not_deferred_is_fetched_as_if_it_were_plain(
        self, client: AsgiClient, graph: SmallGraph
    ) -> None:
        await client.query("{ me { name email2: id ... @defer { serial } } }")
        assert graph.asked == ["people: { me { name email2: id serial } }"]

    async def test_one_plan_for_each_choice_and_none_for_values(
        self, client: AsgiClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        planned: list[object] = []

        def count(*arguments: object, **options: object) -> object:
            planned.append(arguments)
            return original(*arguments, **options)

        original: Callable[..., object] = getattr(plan, "plan")  # noqa: B009 - an import of that module, not exported
        monkeypatch.setattr(plan, "plan", count)
        for _ in range(2):
            for later in (True, False):
                await client.query(QUERY, {"later": later}, headers=PARTS)
                # Who does not accept parts has the plan of those for whom nothing is deferred.
                assert (await client.query(QUERY, {"later": later})).json["data"] == WHOLE
        assert len(planned) == 2

    async def test_an_inner_fragment_is_deferred_where_the_outer_is_not(self, client: AsgiClient) -> None:
        query = "query ($a: Boolean!) { me { id ... @defer(if: $a) { name ... @defer { notes { text } } } } }"
        body = (await client.query(query, {"a": False}, headers=PARTS)).body
        assert b'{"data":{"me":{"id":"1","name":"Ada"}},"pending":[{"id":"0","path":["me"]}]' in body
