"""A subgraph that fails in every way that servers do: the rest of the answer comes, and comes in time."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from entrepot.router.app import RouterApp, build_router_app
from entrepot.router.config import (
    CircuitBreakerConfig,
    ConcurrencyLimitConfig,
    HeaderRule,
    ResponseHeaderRule,
    RetryConfig,
    RouterConfig,
    SubgraphTrafficConfig,
    TimeoutsConfig,
    TrafficConfig,
)
from tests.support.asgi_client import serve
from tests.support.faulty_server import (
    Behaviour,
    FaultyServer,
    build_healthy,
    close,
    drip,
    hang,
    never_end_headers,
    reset,
    say,
    say_json,
    say_status,
    serve_faults,
)
from tests.support.small_graph import SUPERGRAPH, SmallGraph

GRAPH = SUPERGRAPH.replace("notes: [Note!]! @join__field", "notes: [Note!] @join__field")
QUERY = "{ me { name notes { text } } broken }"
SECONDS = 0.4
_PATIENCE = 30.0
# Only the subgraph that fails is short of time: the other one may be slow on a machine that is busy.
TIMEOUTS = TimeoutsConfig(subgraph=30, request=60, connect=_PATIENCE)
GOOD = b'{"data":{"broken":"x","_entities":[{"notes":[]}]}}'


@dataclass
class Router:
    """A router over two servers: `people` is well, `notes` is as a test wants it."""

    app: RouterApp
    address: str
    session: aiohttp.ClientSession
    notes: FaultyServer
    graph: SmallGraph

    def send(self, text: str) -> Any:
        return self.session.post(f"http://{self.address}/graphql", json={"query": text})

    async def query(self, text: str = QUERY) -> Any:
        async with self.send(text) as response:
            return await response.json()


@asynccontextmanager
async def run_router(
    behaviour: Behaviour | None,
    *,
    timeouts: TimeoutsConfig = TIMEOUTS,
    headers: tuple[HeaderRule, ...] = (),
    seconds: float = SECONDS,
    **options: Any,
) -> AsyncIterator[Router]:
    graph = SmallGraph()
    async with AsyncExitStack() as stack:
        people = await stack.enter_async_context(serve_faults(build_healthy(graph.apps["people"])))
        notes = await stack.enter_async_context(serve_faults(behaviour or build_healthy(graph.apps["notes"])))
        config = RouterConfig(
            override_subgraph_urls={"people": people.url, "notes": notes.url},
            timeouts=timeouts,
            headers=headers,
            traffic=TrafficConfig(subgraphs={"notes": SubgraphTrafficConfig(timeout=seconds, **options)}),
        )
        app = build_router_app(config, GRAPH)
        address = await stack.enter_async_context(serve(app))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Router(app, address, session, notes, graph)


FAULTS = {
    "hangs": (hang, "SUBGRAPH_TIMED_OUT"),
    "drips a body for ever": (drip, "SUBGRAPH_TIMED_OUT"),
    "resets the connection": (reset, "SUBGRAPH_UNAVAILABLE"),
    "closes the connection": (close, "SUBGRAPH_UNAVAILABLE"),
    "answers garbage": (say(b"\x00\xff\x16\x03 no HTTP at all\r\n\r\n"), "SUBGRAPH_UNAVAILABLE"),
    "answers headers for ever": (never_end_headers, "SUBGRAPH_UNAVAILABLE"),
    "answers 500": (say_status(500), "SUBGRAPH_UNAVAILABLE"),
    "answers 503": (say_status(503), "SUBGRAPH_UNAVAILABLE"),
    "redirects": (say_status(302), "SUBGRAPH_UNAVAILABLE"),
    "answers a page": (say_status(200), "SUBGRAPH_UNAVAILABLE"),
    "answers half a body": (say_json(GOOD[:20], len(GOOD), closes=True), "SUBGRAPH_UNAVAILABLE"),
    "stops in a body": (say_json(GOOD[:20], len(GOOD)), "SUBGRAPH_TIMED_OUT"),
    "says too small a length": (say_json(GOOD, 20), "SUBGRAPH_UNAVAILABLE"),
    "says too large a length": (say_json(GOOD, len(GOOD) + 1), "SUBGRAPH_TIMED_OUT"),
    "says a length that is none": (
        say(b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n" + GOOD),
        "SUBGRAPH_UNAVAILABLE",
    ),
    "answers no JSON": (say_json(b'{"data":'), "SUBGRAPH_UNAVAILABLE"),
    "answers another shape": (say_json(b"[1]"), "SUBGRAPH_UNAVAILABLE"),
    "answers nothing": (say_json(b""), "SUBGRAPH_UNAVAILABLE"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_rest_of_the_answer_comes_with_null_and_error_at_the_right_places(fault: str) -> None:
    behaviour, code = FAULTS[fault]
    # A machine that is busy is slow, and that is another fault.
    seconds = SECONDS if code == "SUBGRAPH_TIMED_OUT" else _PATIENCE
    async with run_router(behaviour, seconds=seconds) as router:
        started = time.monotonic()
        answer = await router.query()
        elapsed = time.monotonic() - started
        assert answer["data"] == {"me": {"name": "Ada", "notes": None}, "broken": None}
        found = {(tuple(error["path"]), error["extensions"]["code"]) for error in answer["errors"]}
        assert found == {(("broken",), code), (("me", "notes"), code)}
        assert "secret" not in str(answer)
        # Two waves of fetches, each ended by its timeout (an eighth late at most), on a machine that is busy.
        assert elapsed < 2 * seconds + 2
        async with asyncio.timeout(5):
            while code == "SUBGRAPH_TIMED_OUT" and router.notes.open:
                await asyncio.sleep(0.01)


async def test_cookies_of_a_real_server_reach_the_client_one_by_one() -> None:
    lines = b"Set-Cookie: a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT\r\nSET-COOKIE: b=2\r\n"
    behaviour = say(b"HTTP/1.1 200 OK\r\n" + lines + b"content-length: %d\r\n\r\n" % len(GOOD) + GOOD)
    rule = HeaderRule(response=ResponseHeaderRule(propagate=("set-cookie",)), subgraphs=("notes",))
    async with run_router(behaviour, headers=(rule,)) as router, router.send("{ broken }") as response:
        cookies = response.headers.getall("set-cookie")
    assert cookies == ["a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT", "b=2"]


async def test_a_compressed_answer_of_a_real_server() -> None:
    body = gzip.compress(GOOD)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body)
    async with run_router(say(head + body), accept_encodings=("gzip",)) as router:
        assert await router.query("{ broken }") == {"data": {"broken": "x"}}


async def test_nobody_is_there() -> None:
    async with run_router(None, seconds=30, retry=RetryConfig(backoff=0.001)) as router:
        router.app.snapshot.urls["notes"] = "http://127.0.0.1:1/graphql"
        answer = await router.query()
        assert answer["data"] == {"me": {"name": "Ada", "notes": None}, "broken": None}
        # The first wave and the second, each asked three times.
        assert router.app.traffic.report()["notes"].retries == 4


async def test_a_fault_in_passing_is_not_seen() -> None:
    async with run_router(None, seconds=30) as router:
        well = router.notes.behaviour
        left = [reset, say_status(503), close]

        async def fail_at_first(call: Any) -> None:
            await (left.pop() if left else well)(call)

        router.notes.behaviour = fail_at_first
        answer = await router.query("{ me { name notes { text } } }")
        assert answer == {"data": {"me": {"name": "Ada", "notes": [{"text": "note of 1"}]}}}


async def test_no_request_outlives_its_deadline() -> None:
    timeouts = TimeoutsConfig(subgraph=30, request=0.3, connect=1)
    async with run_router(hang, timeouts=timeouts, seconds=30) as router:
        started = time.monotonic()
        answers = await asyncio.gather(*(router.query() for _ in range(20)))
        assert time.monotonic() - started < 3
        assert {answer["errors"][0]["extensions"]["code"] for answer in answers} == {"REQUEST_TIMED_OUT"}
        async with asyncio.timeout(5):
            while router.notes.open:
                await asyncio.sleep(0.01)


async def test_a_subgraph_that_hangs_takes_no_more_than_its_places() -> None:
    async with run_router(
        hang, concurrency_limit=ConcurrencyLimitConfig(max_requests=2, queue_capacity=3), deduplicate=False
    ) as router:
        answers = await asyncio.gather(*(router.query("{ me { name } broken }") for _ in range(12)))
        codes = sorted(answer["errors"][0]["extensions"]["code"] for answer in answers)
        assert codes == ["SUBGRAPH_OVERLOADED"] * 7 + ["SUBGRAPH_TIMED_OUT"] * 5
        assert all(answer["data"]["me"] == {"name": "Ada"} for answer in answers)
        assert router.notes.calls == 2


async def test_it_dies_under_load_and_comes_back() -> None:
    breaker = CircuitBreakerConfig(
        minimum_requests=10, failure_rate_threshold=0.5, window=2, wait_duration_in_open_state=0.3
    )
    async with run_router(None, seconds=30, circuit_breaker=breaker, deduplicate=False) as router:
        well, codes, texts = router.notes.behaviour, [], []
        is_over = False

        async def load() -> None:
            while not is_over:
                answer = await router.query("{ me { name notes { text } } }")
                assert answer["data"]["me"]["name"] == "Ada"
                if "errors" in answer:
                    [error] = answer["errors"]
                    assert error["path"] == ["me", "notes"]
                    codes.append(error["extensions"]["code"])
                else:
                    texts.append(answer["data"]["me"]["notes"][0]["text"])

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(load())
            while len(texts) < 30:
                await asyncio.sleep(0.01)
            calls_before = router.notes.calls
            router.notes.behaviour = reset
            while router.app.traffic.report()["notes"].circuit != "open" or len(codes) < 100:
                await asyncio.sleep(0.01)
            calls_in_outage, failed = router.notes.calls - calls_before, len(codes)
            router.notes.behaviour = well
            while router.app.traffic.report()["notes"].circuit != "closed":
                await asyncio.sleep(0.01)
            well_again = len(texts)
            while len(texts) < well_again + 30:
                await asyncio.sleep(0.01)
            is_over = True
        assert set(codes) == {"SUBGRAPH_UNAVAILABLE", "SUBGRAPH_CIRCUIT_OPEN"}
        # It was left alone: most of what failed was never sent.
        assert calls_in_outage < failed
        assert codes.count("SUBGRAPH_CIRCUIT_OPEN") > failed / 2
        assert set(texts) == {"note of 1"}
