"""Batches: an array of requests, bounded as a whole, each answer at its request's place."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from entrepot.router.config import (
    BatchingConfig,
    CsrfConfig,
    HeaderRule,
    LimitsConfig,
    ResponseHeaderRule,
    RouterConfig,
    TimeoutsConfig,
)
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.scripted_transport import ScriptedTransport, answer
from tests.support.small_graph import SmallGraph
from tests.support.tokens import bearer

BuildClient = Callable[..., AsgiClient]
RESPONSE = {"accept": "application/graphql-response+json"}
ADA = {"data": {"me": {"name": "Ada"}}}


def batching(maximum: int = 10, **options: Any) -> RouterConfig:
    return RouterConfig(batching=BatchingConfig(enabled=True, max_requests=maximum), **options)


def rename(name: str) -> dict[str, Any]:
    return {"query": 'mutation($name: String!) { rename(id: "1", name: $name) { name } }', "variables": {"name": name}}


class TestAnswers:
    @pytest.mark.parametrize("headers", [{}, RESPONSE])
    async def test_each_is_at_its_place(self, build_client: BuildClient, headers: dict[str, str]) -> None:
        entries = [
            {"query": "{ me { name } }"},
            {"query": "{"},
            7,
            {"query": "query($first: Int) { people(first: $first) { name } }", "variables": {"first": 1}},
            {},
            {"query": "{ broken }"},
            {"query": "subscription { ticks(count: 1) { number } }"},
        ]
        answer = await build_client(batching()).post(entries, headers=headers)
        assert answer.status == 200
        assert answer.headers["content-type"].startswith(headers.get("accept", "application/json"))
        first, second, third, fourth, fifth, sixth, seventh = answer.json
        assert first == ADA
        assert fourth == {"data": {"people": [{"name": "Ada"}]}}
        assert (sixth["data"], sixth["errors"][0]["path"]) == ({"broken": None}, ["broken"])
        codes = [item["errors"][0]["extensions"]["code"] for item in (second, third, fifth, seventh)]
        assert codes == ["GRAPHQL_PARSE_FAILED", "BAD_REQUEST", "BAD_REQUEST", "NOT_ACCEPTABLE"]

    async def test_queries_run_side_by_side(self, build_client: BuildClient, graph: SmallGraph) -> None:
        client = build_client(batching())
        body = json.dumps([{"query": "{ slow }"}, {"query": "{ me { name } }"}]).encode()
        exchange = client.open("POST", "/graphql", {"content-type": "application/json"}, body)
        task = asyncio.create_task(exchange.run())
        await asyncio.wait_for(graph.slow_started.wait(), 5)
        async with asyncio.timeout(5):
            while len(graph.requests) < 2:
                await asyncio.sleep(0.001)
        exchange.gone.set()
        await asyncio.wait_for(task, 5)
        await asyncio.sleep(0)
        assert graph.cancelled == 1
        assert exchange.messages == []

    async def test_mutations_run_in_their_order(self, build_client: BuildClient, graph: SmallGraph) -> None:
        names = ["B", "C", "D", "E"]
        answer = await build_client(batching()).post([rename(name) for name in names])
        assert [item["data"]["rename"]["name"] for item in answer.json] == names
        assert graph.people["1"]["name"] == "E"
        sent = [content["variables"]["name"] for _, content, _ in graph.requests]
        assert sent == names

    async def test_what_takes_too_long_is_ended_and_the_rest_is_answered(
        self, build_client: BuildClient, graph: SmallGraph
    ) -> None:
        client = build_client(batching(timeouts=TimeoutsConfig(request=0.2)))
        answer = await client.post([{"query": "{ slow }"}, {"query": "{ me { name } }"}])
        late, quick = answer.json
        assert late["errors"][0]["extensions"]["code"] == "REQUEST_TIMED_OUT"
        assert quick == ADA
        assert graph.cancelled == 1

    async def test_the_caller_is_that_of_the_request(self, build_client: BuildClient, clock: ManualClock) -> None:
        client = build_client(batching())
        entries = [{"query": "{ secret }"}, {"query": "{ secret }"}]
        assert (await client.post(entries, headers=bearer(clock))).json == [{"data": {"secret": "the cake"}}] * 2
        assert (await client.post(entries, headers={"authorization": "Bearer x"})).status == 401


class TestBounds:
    async def test_it_is_off_by_default(self, client: AsgiClient, graph: SmallGraph) -> None:
        answer = await client.post([{"query": "{ me { name } }"}])
        assert (answer.status, answer.codes) == (400, ["BATCH_REFUSED"])
        assert graph.asked == []

    @pytest.mark.parametrize(("length", "status"), [(0, 400), (1, 200), (3, 200), (4, 400)])
    async def test_the_number_of_requests(self, build_client: BuildClient, length: int, status: int) -> None:
        answer = await build_client(batching(3)).post([{"query": "{ me { name } }"}] * length)
        assert answer.status == status
        if status == 200:
            assert answer.json == [ADA] * length
        else:
            assert answer.codes == ["BATCH_REFUSED"]

    @pytest.mark.parametrize(("limit", "allowed"), [("fields", 4), ("aliases", 2), ("root_fields", 2), ("tokens", 16)])
    async def test_all_requests_together_may_ask_what_one_may(
        self, build_client: BuildClient, graph: SmallGraph, limit: str, allowed: int
    ) -> None:
        entry = {"query": "{ a: me { name } }"}
        client = build_client(batching(limits=LimitsConfig(**{f"max_{limit}": allowed})))
        assert (await client.post([entry, entry])).status == 200
        graph.requests.clear()
        client = build_client(batching(limits=LimitsConfig(**{f"max_{limit}": allowed - 1})))
        answer = await client.post([entry, entry])
        assert answer.status == 400
        assert answer.codes == ["BATCH_REFUSED"]
        assert answer.json["errors"][0]["extensions"]["limit"] == limit.replace("_", " ")
        assert graph.asked == []

    async def test_the_bytes_of_the_body(self, build_client: BuildClient) -> None:
        entries = [{"query": "{ me { name } }"}] * 2
        size = len(json.dumps(entries).encode())
        assert (await build_client(batching(limits=LimitsConfig(max_body_bytes=size))).post(entries)).status == 200
        assert (await build_client(batching(limits=LimitsConfig(max_body_bytes=size - 1))).post(entries)).status == 413


class TestWhoMaySend:
    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
    async def test_what_a_page_can_send_without_asking_is_refused(
        self, build_client: BuildClient, graph: SmallGraph, content_type: str | None
    ) -> None:
        headers = {"content-type": content_type, "user-agent": "Mozilla/5.0"}
        answer = await build_client(batching()).post([rename("X")], headers=headers)
        assert answer.status == 415
        assert graph.asked == []

    async def test_there_is_no_batch_by_get(self, build_client: BuildClient) -> None:
        client = build_client(batching(csrf=CsrfConfig(enabled=False)))
        answer = await client.get({"query": json.dumps([{"query": "{ __typename }"}])})
        assert answer.codes == ["GRAPHQL_PARSE_FAILED"]

    async def test_a_stream_cannot_answer_it(self, build_client: BuildClient) -> None:
        answer = await build_client(batching()).post(
            [{"query": "{ me { name } }"}], headers={"accept": "text/event-stream"}
        )
        assert (answer.status, answer.codes) == (406, ["NOT_ACCEPTABLE"])


class TestHeaders:
    """What subgraphs' answers leave to the client is merged over the batch as it is over the fetches of one request."""

    @pytest.mark.parametrize(("algorithm", "expected"), [("append", "1, 2, 3"), ("first", "1"), ("last", "3")])
    async def test_one_field_by_the_rule(self, build_client: BuildClient, algorithm: Any, expected: str) -> None:
        rule = ResponseHeaderRule(propagate=("x-number", "set-cookie"), algorithm=algorithm)
        config = batching(headers=(HeaderRule(response=rule),))
        replies = [
            replace(
                answer(
                    200,
                    b'{"data":{"me":{"name":"Ada"}}}',
                    content_type="application/json",
                    x_number=number,
                    set_cookie=f"n={number}",
                ),
                cookies=(f"n={number}",),
            )
            for number in "123"
        ]
        client = build_client(config, transport=ScriptedTransport(*replies))
        entries = [{"query": f"query Q{number} {{ me {{ name }} }}"} for number in range(3)]
        exchange = client.open("POST", "/graphql", {"content-type": "application/json"}, json.dumps(entries).encode())
        await exchange.run()
        headers = exchange.messages[0]["headers"]
        assert [value for name, value in headers if name == b"x-number"] == [expected.encode()]
        assert [value for name, value in headers if name == b"set-cookie"] == [b"n=1", b"n=2", b"n=3"]
