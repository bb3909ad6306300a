import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest

from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution import (
    ExecutionLimits,
    ExecutionRequest,
    SubgraphRequest,
    compile_plan,
)
from entrepot.router.plan import Fetch, OutputSelection, PathStep, QueryPlan
from tests.support.hand_written_plans import Shop, entity_fetch, leaf, nested, query, root_fetch
from tests.support.scripted_transport import ScriptedTransport

CHANGED = (PathStep("changed"),)
EVENTS_SDL = "type Query { unused: Int } type Subscription { changed: Product } type Product { id: ID! }"


def build_plan() -> QueryPlan:
    return QueryPlan(
        "subscription",
        entity_fetch("stars", CHANGED),
        OutputSelection((("Subscription", (nested("changed", (leaf("id"), leaf("stars")), "?"),)),)),
        subscription=Fetch(1, "products", "subscription", "subscription { changed { id } }", None),
    )


def name_of(request: SubgraphRequest) -> str:
    """The id of the only product that a request is about."""
    return str(json.loads(request.body)["variables"]["representations"][0]["id"])


def build_transport(events: list[bytes | Exception]) -> ScriptedTransport:
    """Subscriptions receive the events; the stars of a product are ten times its id."""

    def list_events(request: SubgraphRequest) -> list[bytes | Exception]:
        assert json.loads(request.body) == {"query": "subscription { changed { id } }"}
        return events

    def respond(request: SubgraphRequest) -> dict[str, Any]:
        return {"data": {"_entities": [{"stars": int(name_of(request)) * 10}]}}

    return ScriptedTransport(respond=respond, events=list_events, name_of=name_of)


def event(number: int) -> bytes:
    return json.dumps({"data": {"changed": {"id": str(number)}}}).encode()


async def collect(transport: Any, limits: ExecutionLimits | None = None) -> list[Any]:
    plan = compile_plan(build_plan(), limits or ExecutionLimits())
    async with aclosing(plan.subscribe(ExecutionRequest(transport=transport))) as results:
        return [(result.data, result.errors) async for result in results]


async def test_every_event_is_completed_by_the_plan() -> None:
    shop = Shop()

    async def changes(_info: Any) -> AsyncGenerator[Any, None]:
        for number in ("4", "5"):
            yield {"changed": {"id": number}}

    shop.products.sdl = EVENTS_SDL
    shop.products.__post_init__()
    shop.root["changed"] = changes
    assert await collect(shop.transport) == [
        ({"changed": {"id": "4", "stars": 4}}, []),
        ({"changed": {"id": "5", "stars": 5}}, []),
    ]


async def test_events_are_completed_together_and_given_in_order() -> None:
    transport = build_transport([event(1), event(2), event(3)])
    transport.held = {"1": asyncio.Event(), "2": asyncio.Event()}
    collected = asyncio.create_task(collect(transport))
    await transport.arrived["3"].wait()
    transport.held["2"].set()
    await asyncio.sleep(0)
    transport.held["1"].set()
    assert [data["changed"]["stars"] for data, _ in await collected] == [10, 20, 30]


async def test_a_slow_client_holds_up_the_stream() -> None:
    transport = build_transport([event(number) for number in range(100)])
    plan = compile_plan(build_plan(), ExecutionLimits(stream_events=3))
    async with aclosing(plan.subscribe(ExecutionRequest(transport=transport))) as results:
        await anext(results)
        for _ in range(200):
            await asyncio.sleep(0)
        # One was taken, three wait, and one more is in the reader's hand.
        assert transport.received == 5
    assert transport.closed == 1


async def test_leaving_closes_the_stream_and_ends_what_is_on_its_way() -> None:
    transport = build_transport([event(1), event(2)])
    transport.held = {"2": asyncio.Event()}
    plan = compile_plan(build_plan())
    results = plan.subscribe(ExecutionRequest(transport=transport))
    await anext(results)
    await transport.arrived["2"].wait()
    await results.aclose()
    assert transport.closed == 1
    assert transport.cancelled == ["2"]


@pytest.mark.parametrize("failure", [SubgraphUnavailable("It is gone."), RuntimeError("secret")])
async def test_a_broken_stream_ends_with_an_error(failure: Exception) -> None:
    results = await collect(build_transport([event(1), failure]))
    assert [data for data, _ in results] == [{"changed": {"id": "1", "stars": 10}}, None]
    (error,) = results[1][1]
    assert error["extensions"] == {"code": "SUBGRAPH_UNAVAILABLE", "service": "products"}
    assert "secret" not in error["message"]


async def test_a_refusal_is_passed_on_and_nothing_completed() -> None:
    refusal = b'{"errors": [{"message": "not you", "extensions": {"code": "FORBIDDEN"}}]}'
    transport = build_transport([refusal])
    ((data, errors),) = await collect(transport)
    assert data is None
    assert errors == [{"message": "not you", "extensions": {"code": "FORBIDDEN", "service": "products"}}]
    assert transport.names == []


async def test_errors_of_an_event_and_of_its_completion_come_together() -> None:
    events = b'{"data": {"changed": {"id": "x"}}, "errors": [{"message": "half", "path": ["changed", "id"]}]}'
    ((data, errors),) = await collect(build_transport([events]))
    assert data == {"changed": {"id": "x", "stars": None}}
    assert [error["path"] for error in errors] == [["changed", "id"], ["changed", "stars"]]


def test_a_plan_without_a_subscription_cannot_be_subscribed_to() -> None:
    plan = compile_plan(query(root_fetch("{ me { id } }"), leaf("me")))
    with pytest.raises(ValueError):
        plan.subscribe(ExecutionRequest(transport=build_transport([])))
