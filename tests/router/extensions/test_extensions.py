"""Extensions at their four points: what they see, change and refuse, and what their faults show."""

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from entrepot.router.config import HeaderRule, QueryPlanConfig, RouterConfig
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.extensions import (
    ClientError,
    Extension,
    ExtensionRequest,
    ExtensionResponse,
    SubgraphCall,
    build_hooks,
    load_extensions,
)
from entrepot.router.pipeline.instrumentation.hooks import NO_HOOKS
from entrepot.shared.auth import ANONYMOUS
from tests.support.asgi_client import AsgiClient
from tests.support.small_graph import SmallGraph

BuildClient = Callable[..., AsgiClient]
MADE = Extension()


class Noting(Extension):
    """Writes down when it is asked, with what it sees."""

    def __init__(self, name: str = "a", notes: list[Any] | None = None) -> None:
        self.name = name
        self.notes: list[Any] = [] if notes is None else notes

    async def on_request(self, request: ExtensionRequest) -> None:
        self.notes.append((self.name, "on_request", request.kind, request.plan))

    def on_plan(self, request: ExtensionRequest) -> None:
        self.notes.append((self.name, "on_plan", request.kind, request.operation_name))

    def on_subgraph_request(self, request: ExtensionRequest, call: SubgraphCall) -> None:
        self.notes.append((self.name, "on_subgraph_request", call.subgraph, call.is_mutation))

    async def on_response(self, request: ExtensionRequest, response: ExtensionResponse) -> None:
        self.notes.append((self.name, "on_response", response.data, response.errors))


class TestPoints:
    async def test_they_come_in_order_and_in_reverse_for_answers(self, build_client: BuildClient) -> None:
        notes: list[Any] = []
        client = build_client(extensions=[Noting("a", notes), Noting("b", notes)])
        await client.query("query Me { me { name } }")
        data = {"me": {"name": "Ada"}}
        assert notes == [
            ("a", "on_request", None, None),
            ("b", "on_request", None, None),
            ("a", "on_plan", "query", "Me"),
            ("b", "on_plan", "query", "Me"),
            ("a", "on_subgraph_request", "people", False),
            ("b", "on_subgraph_request", "people", False),
            ("b", "on_response", data, []),
            ("a", "on_response", data, []),
        ]

    async def test_what_they_see_of_the_request(self, build_client: BuildClient) -> None:
        seen: list[Any] = []

        class Seeing(Extension):
            def on_plan(self, request: ExtensionRequest) -> None:
                assert request.plan is not None
                seen.append((request.document, dict(request.variables), request.principal, request.plan.kind))
                seen.append((request.request_id, request.headers["x-request-id"], request.address))

        query = "query ($first: Int = 1) { people(first: $first) { name } }"
        await build_client(extensions=[Seeing()]).query(query, headers={"x-request-id": "r-1"})
        assert seen == [(query, {"first": 1}, ANONYMOUS, "query"), ("r-1", "r-1", "")]

    async def test_changed_headers_are_what_is_propagated(self, build_client: BuildClient, graph: SmallGraph) -> None:
        class Renaming(Extension):
            def on_request(self, request: ExtensionRequest) -> None:
                request.headers["x-tenant"] = request.headers["x-tenant"].upper()

            def on_subgraph_request(self, request: ExtensionRequest, call: SubgraphCall) -> None:
                call.headers["X-Call"] = call.subgraph

        config = RouterConfig(headers=(HeaderRule(propagate=("x-tenant",)),))
        await build_client(config, extensions=[Renaming()]).query("{ me { name } }", headers={"x-tenant": "n"})
        (_, _, headers), *_ = graph.requests
        assert (headers["x-tenant"], headers["x-call"]) == ("N", "people")

    async def test_an_answer_may_be_changed(self, build_client: BuildClient) -> None:
        class Changing(Extension):
            def on_response(self, request: ExtensionRequest, response: ExtensionResponse) -> None:
                assert response.data is not None
                response.data["me"]["name"] = "***"
                response.errors = [{"message": "masked"}]

        answer = await build_client(extensions=[Changing()]).query("{ me { name } }")
        assert answer.json == {"data": {"me": {"name": "***"}}, "errors": [{"message": "masked"}]}

    async def test_each_event_of_a_subscription_is_an_answer(self, build_client: BuildClient) -> None:
        noting = Noting()
        answer = await build_client(extensions=[noting]).query(
            "subscription { ticks(count: 2) { number } }", headers={"accept": "text/event-stream"}
        )
        assert answer.status == 200
        assert [note[2] for note in noting.notes if note[1] == "on_response"] == [
            {"ticks": {"number": 0}},
            {"ticks": {"number": 1}},
        ]
        assert ("a", "on_subgraph_request", "people", False) in noting.notes


class TestRefusals:
    @pytest.mark.parametrize("point", ["on_request", "on_plan", "on_response"])
    async def test_a_refusal_ends_the_request(self, build_client: BuildClient, point: str) -> None:
        answer = await build_client(extensions=[failing(point, ClientError("Not today."))]).query("{ me { name } }")
        assert answer.json == {"errors": [{"message": "Not today.", "extensions": {"code": "BAD_REQUEST"}}]}

    async def test_a_refused_fetch_leaves_its_part_out(self, build_client: BuildClient, graph: SmallGraph) -> None:
        class NoNotes(Extension):
            def on_subgraph_request(self, request: ExtensionRequest, call: SubgraphCall) -> None:
                if call.subgraph == "notes":
                    raise ClientError("Notes are closed.")

        answer = await build_client(extensions=[NoNotes()]).query("{ me { name notes { text } } }")
        assert answer.json["data"] == {"me": None}
        assert (answer.json["errors"][0]["message"], answer.codes[0]) == ("Notes are closed.", "BAD_REQUEST")
        assert [name for name, _, _ in graph.requests] == ["people"]

    @pytest.mark.parametrize("point", ["on_request", "on_plan", "on_subgraph_request", "on_response"])
    async def test_a_fault_shows_nothing_of_itself(self, build_client: BuildClient, point: str) -> None:
        client = build_client(extensions=[failing(point, ValueError("secret detail"))])
        with capture_logs() as logs:
            answer = await client.query("{ me { name } }")
        (failure,) = [entry["exc_info"] for entry in logs if "exc_info" in entry]
        assert str(failure) == f"The extension Failing failed in {point}."
        assert repr(failure.__cause__) == "ValueError('secret detail')"
        assert b"secret" not in answer.body
        assert answer.codes == ["INTERNAL_SERVER_ERROR"]
        assert answer.json["errors"][0]["message"] == "Internal server error."
        assert answer.status == (200 if point == "on_subgraph_request" else 500)


class TestNothing:
    def test_without_extensions_nothing_is_called(self) -> None:
        assert build_hooks([]) == NO_HOOKS

    def test_points_that_are_not_overridden_are_not_there(self) -> None:
        class OnlyPlans(Extension):
            def on_plan(self, request: ExtensionRequest) -> None:
                """Nothing."""

        hooks = build_hooks([OnlyPlans()])
        assert (len(hooks.after), hooks.wrap_transport, hooks.on_answer) == (1, (), None)

    async def test_a_plan_alone_is_asked_for_too(self, build_client: BuildClient) -> None:
        noting = Noting()
        client = build_client(RouterConfig(query_plan=QueryPlanConfig(expose="on")), extensions=[noting])
        await client.query("{ me { name } }", headers={"entrepot-query-plan": "only"})
        assert [note[1] for note in noting.notes] == ["on_request", "on_plan", "on_response"]


class TestLoading:
    def test_instances_and_what_makes_them_are_found(self) -> None:
        made, built = load_extensions([f"{__name__}:MADE", f"{__name__}:Noting"])
        assert made is MADE
        assert isinstance(built, Noting)

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("nowhere.at_all:X", "cannot be loaded"),
            ("entrepot.router.extensions:Nothing", "cannot be loaded"),
            ("entrepot.router.extensions:build_hooks", "cannot be made"),
            ("entrepot.router.config:RouterConfig", "is no extension"),
        ],
    )
    def test_a_name_that_leads_nowhere_is_refused(self, name: str, message: str) -> None:
        with pytest.raises(ConfigurationInvalid, match=message):
            load_extensions([name])


def failing(point: str, error: Exception) -> Extension:
    """An extension that raises the error at one point."""

    def fail(_self: Extension, *_arguments: object) -> None:
        raise error

    made: Extension = type("Failing", (Extension,), {point: fail})()
    return made
