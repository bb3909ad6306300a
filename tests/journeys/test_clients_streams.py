"""Queries, mutations and subscriptions as the usual clients run them: all events in order, each once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from entrepot.router.app import RouterApp
from entrepot.shared.auth import Denylist
from entrepot.shared.caching import MemoryCache
from tests.support.asgi_client import serve
from tests.support.clock import ManualClock
from tests.support.protocol_clients import Programs, need_programs
from tests.support.router_fixtures import build_app, clock, graph
from tests.support.small_graph import SmallGraph
from tests.support.tokens import build_token, build_verifier

__all__ = ["build_app", "clock", "graph"]

pytestmark = pytest.mark.node

BuildApp = Callable[..., RouterApp]
COUNT = 40
TICKS = f"subscription Ticks {{ ticks(count: {COUNT}) {{ number }} }}"
EVENTS = [{"ticks": {"number": number}} for number in range(COUNT)]
PEOPLE = "query People($first: Int) { people(first: $first) { name notes { text } } }"
PEOPLE_DATA = {
    "people": [{"name": "Ada", "notes": [{"text": "note of 1"}]}, {"name": "Grace", "notes": [{"text": "note of 2"}]}]
}
RENAME = "mutation Rename($id: ID!, $name: String!) { rename(id: $id, name: $name) { name } }"
RENAMED = {"rename": {"name": "Ada Lovelace"}}
FOREVER = "subscription { forever { number } }"
OPERATIONS: dict[str, Any] = {
    "query": {"query": PEOPLE, "variables": {"first": 2}},
    "mutation": {"mutation": RENAME, "variables": {"id": "1", "name": "Ada Lovelace"}},
    "subscription": TICKS,
}
DEFERRED = 'query Me { me { id name ... @defer(label: "notes") { notes { text } } } }'
STATES = [
    {"data": {"me": {"id": "1", "name": "Ada"}}, "isWhole": False},
    {"data": {"me": {"id": "1", "name": "Ada", "notes": [{"text": "note of 1"}]}}, "isWhole": True},
]
PAYLOADS = [
    {"query": TICKS},
    {"query": PEOPLE, "variables": {"first": 2}},
    {"query": 'mutation { rename(id: "2", name: "Grace") { name } }'},
    {"query": "subscription { renamed { name notes { text } } }"},
]
RESULTS = [
    [{"data": event} for event in EVENTS],
    [{"data": PEOPLE_DATA}],
    [{"data": {"rename": {"name": "Grace"}}}],
    [{"data": {"renamed": {"name": "Grace", "notes": [{"text": "note of 2"}]}}}],
]


@pytest.fixture
async def programs(build_app: BuildApp) -> AsyncIterator[Programs]:
    async with serve(build_app()) as address:
        yield need_programs(address)


def without_typenames(value: Any) -> Any:
    """The data without the names of types that a client's cache has added to the selections."""
    if isinstance(value, dict):
        return {key: without_typenames(item) for key, item in value.items() if key != "__typename"}
    return [without_typenames(item) for item in value] if isinstance(value, list) else value


class TestGraphQLWs:
    async def test_operations_of_all_kinds_share_a_connection(self, programs: Programs) -> None:
        seen = await programs.run("socket", "operations", payloads=PAYLOADS)
        assert seen == {"connections": 1, "results": RESULTS}

    async def test_identical_subscriptions_each_get_every_event(self, programs: Programs) -> None:
        seen = await programs.run("socket", "operations", payloads=[{"query": TICKS}] * 5)
        assert seen == {"connections": 1, "results": [RESULTS[0]] * 5}

    async def test_the_token_comes_as_connection_params(self, programs: Programs, clock: ManualClock) -> None:
        params = {"authorization": f"Bearer {build_token(clock)}"}
        payloads = [{"query": "{ secret }"}]
        seen = await programs.run("socket", "operations", payloads=payloads, connectionParams=params)
        assert seen["results"] == [[{"data": {"secret": "the cake"}}]]

    @pytest.mark.parametrize(
        ("messages", "code"),
        [
            ([{"type": "connection_init"}, {"type": "nonsense"}], 4400),
            ([{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}], 4401),
            (
                [
                    {"type": "connection_init"},
                    {"type": "subscribe", "id": "1", "payload": {"query": FOREVER}},
                    {"type": "subscribe", "id": "1", "payload": {"query": FOREVER}},
                ],
                4409,
            ),
            ([{"type": "connection_init"}, {"type": "connection_init"}], 4429),
        ],
    )
    async def test_the_codes_of_the_protocol(
        self, programs: Programs, messages: list[dict[str, Any]], code: int
    ) -> None:
        assert (await programs.run("socket", "closeAfter", messages=messages))["code"] == code

    async def test_4408_for_a_connection_that_says_nothing(self, programs: Programs, clock: ManualClock) -> None:
        task = asyncio.create_task(programs.run("socket", "closeAfter", messages=[]))
        while not task.done():
            await asyncio.sleep(0.05)
            clock.advance(10)
        assert (await task)["code"] == 4408

    async def test_it_ends_when_the_token_expires(self, programs: Programs, clock: ManualClock) -> None:
        seen = await programs.run(
            "socket",
            "closed",
            payload={"query": FOREVER},
            connectionParams={"authorization": build_token(clock, seconds=20)},
            on_begun=lambda: clock.advance(21),
        )
        assert (seen["code"], seen["opened"]) == (4403, True)
        assert "expired" in seen["reason"]

    async def test_it_ends_when_the_token_is_revoked(
        self, build_app: BuildApp, clock: ManualClock, graph: SmallGraph
    ) -> None:
        denylist = Denylist(MemoryCache(clock), clock)
        revoked: list[asyncio.Task[None]] = []

        async def revoke() -> None:
            await denylist.revoke("t1", clock.now() + timedelta(hours=1))
            clock.advance(30)

        async with serve(build_app(verifier=build_verifier(clock, denylist=denylist))) as address:
            seen = await need_programs(address).run(
                "socket",
                "closed",
                payload={"query": FOREVER},
                connectionParams={"authorization": build_token(clock)},
                on_begun=lambda: revoked.append(asyncio.create_task(revoke())),
            )
        assert (seen["code"], seen["opened"]) == (4403, True)
        assert graph.cancelled == 1


class TestGraphQLSse:
    async def test_operations_of_all_kinds(self, programs: Programs) -> None:
        assert await programs.run("events", "operations", payloads=PAYLOADS) == RESULTS

    async def test_the_token_comes_as_a_header(self, programs: Programs, clock: ManualClock) -> None:
        headers = {"authorization": f"Bearer {build_token(clock)}"}
        seen = await programs.run("events", "operations", payloads=[{"query": "{ secret }"}], headers=headers)
        assert seen == [[{"data": {"secret": "the cake"}}]]


async def test_apollo_client(programs: Programs) -> None:
    seen = without_typenames(await programs.run("apollo", "operations", **OPERATIONS))
    assert seen == {"queried": {"data": PEOPLE_DATA, "error": None}, "mutated": RENAMED, "events": EVENTS}


async def test_urql(programs: Programs) -> None:
    seen = without_typenames(await programs.run("urql", "operations", **OPERATIONS))
    assert seen == {
        "queried": {"data": PEOPLE_DATA, "error": None},
        "mutated": RENAMED,
        "bySocket": EVENTS,
        "byEvents": EVENTS,
        "byFetch": EVENTS,
    }


class TestDefer:
    @pytest.mark.parametrize("format", ["20220824", "v0.2"])
    async def test_apollo_client(self, programs: Programs, format: str) -> None:  # noqa: A002 - the protocol's word
        seen = await programs.run("apollo", "deferred", query=DEFERRED, format=format)
        assert without_typenames(seen) == STATES

    async def test_urql(self, programs: Programs) -> None:
        seen = await programs.run("urql", "deferred", query=DEFERRED)
        assert without_typenames(seen) == STATES
