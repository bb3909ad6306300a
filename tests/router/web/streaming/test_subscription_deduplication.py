"""Subscriptions that ask a subgraph the same, through the whole router."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entrepot.router.config import (
    HeaderRule,
    IdentityConfig,
    RouterConfig,
    SubscriptionDeduplicationConfig,
    SubscriptionsConfig,
)
from entrepot.shared.auth import IdentitySigner
from tests.support.asgi_client import AsgiClient, Exchange
from tests.support.clock import ManualClock
from tests.support.small_graph import SmallGraph
from tests.support.tokens import bearer

SHARED = SubscriptionsConfig(deduplication=SubscriptionDeduplicationConfig(live_subgraphs=("people",)))
FOREVER = "subscription { forever { number } }"


@asynccontextmanager
async def listen(client: AsgiClient, query: str = FOREVER, **headers: str) -> AsyncIterator[Exchange]:
    """A stream of events that has begun; its client leaves at the end."""
    accept = {"accept": "text/event-stream", "content-type": "application/json"}
    exchange = client.open("POST", "/graphql", {**accept, **headers}, json.dumps({"query": query}).encode())
    task = asyncio.create_task(exchange.run())
    await asyncio.wait_for(exchange.wait_for(b":\n\n"), 5)
    for _ in range(20):
        await asyncio.sleep(0)
    yield exchange
    exchange.gone.set()
    await asyncio.wait_for(task, 5)


async def test_they_share_one_stream_that_ends_with_the_last(
    build_client: Callable[..., AsgiClient], graph: SmallGraph
) -> None:
    client = build_client(RouterConfig(subscriptions=SHARED))
    async with listen(client) as first:
        await asyncio.wait_for(first.wait_for(b'"number":0'), 5)
        async with listen(client):
            assert len(graph.asked) == 1
        assert graph.cancelled == 0
    async with asyncio.timeout(5):
        while graph.cancelled == 0:
            await asyncio.sleep(0.001)


async def test_what_is_not_the_same_is_not_shared(build_client: Callable[..., AsgiClient], graph: SmallGraph) -> None:
    client = build_client(RouterConfig(subscriptions=SHARED, headers=(HeaderRule(propagate=("accept-language",)),)))
    async with (
        listen(client),
        listen(client, "subscription { forever { n: number } }"),
        listen(client, **{"accept-language": "de"}),
    ):
        assert len(graph.asked) == 3


@pytest.mark.parametrize("mode", ["forward", "internal"])
async def test_callers_that_the_subgraph_is_told_of_do_not_share(
    build_client: Callable[..., AsgiClient], graph: SmallGraph, clock: ManualClock, mode: str
) -> None:
    signer = IdentitySigner(Ed25519PrivateKey.generate(), clock)
    config = RouterConfig(subscriptions=SHARED, identity=IdentityConfig(mode=mode))  # type: ignore[arg-type]  # one of the two
    client = build_client(config, signer=signer)
    ada, grace = bearer(clock), bearer(clock, sub="usr_2", jti="t2")
    async with listen(client, **ada), listen(client, **ada), listen(client, **grace), listen(client):
        assert len(graph.asked) == 3


async def test_a_client_that_does_not_read_is_ended_and_the_others_get_everything(
    build_client: Callable[..., AsgiClient], graph: SmallGraph
) -> None:
    count = 300
    body = json.dumps({"query": f"subscription {{ ticks(count: {count}) {{ number }} }}"}).encode()
    headers = {"accept": "text/event-stream", "content-type": "application/json"}
    shared = SubscriptionDeduplicationConfig(queue_capacity=20)
    client = build_client(RouterConfig(subscriptions=SubscriptionsConfig(deduplication=shared)))
    slow, quick = client.open("POST", "/graphql", headers, body), client.open("POST", "/graphql", headers, body)
    reads = asyncio.Event()

    class Stuck:
        """A connection that takes the head of the response, and nothing more until its client reads."""

        async def send(self, message: dict[str, Any]) -> None:
            slow.messages.append(message)
            if b"event: next" in message.get("body", b""):
                await reads.wait()

    slow_task = asyncio.create_task(client.app(slow.scope, slow._receive, Stuck().send))
    quick_task = asyncio.create_task(quick.run())
    await asyncio.wait_for(quick_task, 10)
    reads.set()
    await asyncio.wait_for(slow_task, 10)
    assert len(graph.asked) == 1
    assert read_numbers(quick.body) == list(range(count))
    taken = read_numbers(slow.body)
    assert taken == list(range(len(taken)))
    assert 20 <= len(taken) < 100
    assert b"SUBSCRIBER_TOO_SLOW" in slow.body
    assert b"SUBSCRIBER_TOO_SLOW" not in quick.body


def read_numbers(body: bytes) -> list[int]:
    events = [line.removeprefix(b"data: ") for line in body.splitlines() if line.startswith(b'data: {"data"')]
    return [event["data"]["ticks"]["number"] for event in map(json.loads, events) if event["data"] is not None]
