"""GraphQL over SSE, distinct connections mode; and multipart HTTP."""

import asyncio
import json
from collections.abc import Callable

import aiohttp
import pytest

from entrepot.router.app import RouterApp
from tests.support.asgi_client import AsgiClient, Exchange, serve
from tests.support.clock import ManualClock
from tests.support.small_graph import SmallGraph
from tests.support.tokens import build_token

EVENTS = {"accept": "text/event-stream", "content-type": "application/json"}
COMPLETE = "event: complete\ndata:"
FOREVER = json.dumps({"query": "subscription { forever { number } }"}).encode()


def read_events(body: bytes) -> list[str]:
    return [event for event in body.decode().split("\n\n") if event and event != ":"]


def next_event(payload: object) -> str:
    return "event: next\ndata: " + json.dumps(payload, separators=(",", ":"))


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


class TestEvents:
    async def test_a_subscription_by_post(self, client: AsgiClient) -> None:
        answer = await client.query("subscription { ticks(count: 2) { number } }", headers=EVENTS)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert read_events(answer.body) == [
            next_event({"data": {"ticks": {"number": 0}}}),
            next_event({"data": {"ticks": {"number": 1}}}),
            COMPLETE,
        ]

    async def test_a_subscription_by_get(self, client: AsgiClient) -> None:
        answer = await client.get({"query": "subscription { ticks(count: 1) { number } }"}, EVENTS)
        assert read_events(answer.body) == [next_event({"data": {"ticks": {"number": 0}}}), COMPLETE]

    async def test_a_query_is_one_event(self, client: AsgiClient) -> None:
        answer = await client.query("{ me { name } }", headers=EVENTS)
        assert read_events(answer.body) == [next_event({"data": {"me": {"name": "Ada"}}}), COMPLETE]

    async def test_a_query_is_json_where_that_is_accepted_too(self, client: AsgiClient) -> None:
        accept = {"accept": "application/json, text/event-stream"}
        assert (
            (await client.query("{ me { name } }", headers=accept))
            .headers["content-type"]
            .startswith("application/json")
        )
        streamed = await client.query("subscription { ticks(count: 1) { number } }", headers=accept)
        assert streamed.headers["content-type"].startswith("text/event-stream")

    async def test_a_refused_document_is_an_event(self, client: AsgiClient) -> None:
        answer = await client.query("subscription { nothing }", headers=EVENTS)
        first, last = read_events(answer.body)
        assert "GRAPHQL_VALIDATION_FAILED" in first
        assert (answer.status, last) == (200, COMPLETE)

    @pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"{}", 400)])
    async def test_what_is_no_graphql_request_is_refused_before(
        self, client: AsgiClient, body: bytes, status: int
    ) -> None:
        assert (await client.post(body=body, headers=EVENTS)).status == status

    async def test_a_bad_token_is_401_before(self, client: AsgiClient) -> None:
        assert (await client.query("{ __typename }", headers={**EVENTS, "authorization": "Bearer x"})).status == 401

    async def test_a_mutation_by_get_is_refused(self, client: AsgiClient, graph: SmallGraph) -> None:
        answer = await client.get({"query": 'mutation { rename(id: "1", name: "X") { name } }'}, EVENTS)
        assert "METHOD_NOT_ALLOWED" in answer.body.decode()
        assert graph.asked == []


class TestMultipart:
    ACCEPT = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0, application/json"

    def _read_parts(self, body: bytes) -> list[object]:
        head, *parts, tail = body.split(b"\r\n--graphql")
        assert (head, tail) == (b"", b"--\r\n")
        return [json.loads(part.split(b"\r\n\r\n", 1)[1]) for part in parts]

    async def test_each_event_is_a_part(self, client: AsgiClient) -> None:
        query = "subscription { ticks(count: 2) { number } }"
        answer = await client.query(query, headers={"accept": self.ACCEPT})
        assert answer.headers["content-type"] == 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0'
        assert self._read_parts(answer.body) == [
            {"payload": {"data": {"ticks": {"number": 0}}}},
            {"payload": {"data": {"ticks": {"number": 1}}}},
        ]

    async def test_queries_and_refusals_stay_json(self, client: AsgiClient) -> None:
        for query in ("{ me { name } }", "subscription { nothing }"):
            answer = await client.query(query, headers={"accept": self.ACCEPT})
            assert answer.headers["content-type"].startswith("application/json")

    async def test_another_version_is_not_spoken(self, client: AsgiClient) -> None:
        headers = {"accept": "multipart/mixed;subscriptionSpec=2.0, application/json"}
        assert (await client.query("subscription { ticks(count: 1) { number } }", headers=headers)).status == 406

    async def test_silence_and_the_end_of_a_token_are_told(self, client: AsgiClient, clock: ManualClock) -> None:
        headers = {"accept": self.ACCEPT, "authorization": f"Bearer {build_token(clock, seconds=20)}"}
        exchange = client.open("POST", "/graphql", {**EVENTS, **headers}, FOREVER)
        task = asyncio.create_task(exchange.run())
        await asyncio.wait_for(exchange.wait_for(b'"number":0'), 5)
        clock.advance(12)
        await asyncio.wait_for(exchange.wait_for(b"\r\n\r\n{}"), 5)
        clock.advance(8)
        await asyncio.wait_for(task, 5)
        *_, beat, last = self._read_parts(exchange.body)
        assert beat == {}
        assert isinstance(last, dict)
        assert last["payload"] is None
        assert last["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


class TestLongStreams:
    async def _open(self, client: AsgiClient, **headers: str) -> tuple[Exchange, asyncio.Task[None]]:
        exchange = client.open("POST", "/graphql", {**EVENTS, **headers}, FOREVER)
        task = asyncio.create_task(exchange.run())
        await asyncio.wait_for(exchange.wait_for(b'"number":0'), 5)
        return exchange, task

    async def test_a_silent_stream_shows_that_it_lives(self, client: AsgiClient, clock: ManualClock) -> None:
        exchange, task = await self._open(client)
        before = exchange.body.count(b":\n\n")
        clock.advance(12)
        await wait_until(lambda: exchange.body.count(b":\n\n") == before + 1)
        exchange.gone.set()
        await asyncio.wait_for(task, 5)

    async def test_a_client_that_leaves_ends_the_stream_at_the_subgraph(
        self, client: AsgiClient, graph: SmallGraph
    ) -> None:
        exchange, task = await self._open(client)
        exchange.gone.set()
        await asyncio.wait_for(task, 5)
        await wait_until(lambda: graph.cancelled == 1)
        assert COMPLETE not in exchange.body.decode()

    async def test_it_ends_with_an_error_when_the_token_expires(
        self, client: AsgiClient, clock: ManualClock, graph: SmallGraph
    ) -> None:
        token = build_token(clock, seconds=20)
        exchange, task = await self._open(client, authorization=f"Bearer {token}")
        clock.advance(20)
        await asyncio.wait_for(task, 5)
        *_, error, last = read_events(exchange.body)
        assert "UNAUTHENTICATED" in error
        assert last == COMPLETE
        await wait_until(lambda: graph.cancelled == 1)


async def test_over_a_real_connection(build_app: Callable[..., RouterApp]) -> None:
    async with serve(build_app()) as address, aiohttp.ClientSession() as session:
        content = {"query": "subscription { ticks(count: 2) { number } }"}
        async with session.post(
            f"http://{address}/graphql", json=content, headers={"accept": "text/event-stream"}
        ) as answer:
            assert read_events(await answer.read())[-1] == COMPLETE
