"""Streams that break over a real connection: the subgraph goes away in the middle, and comes back."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from websockets.asyncio.server import ServerConnection, serve

from entrepot.router.config import SubscriptionDeduplicationConfig
from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution import HttpTransport, SubgraphRequest
from entrepot.router.traffic.subscription_deduplication import SubscriptionDeduplication
from entrepot.shared.clock import SystemClock
from entrepot.shared.randomness import SystemRandomness


class Breaking:
    """A subgraph that sends two events on each socket and then drops it, as often as it is told to; then it goes on."""

    def __init__(self, breaks: int) -> None:
        self.breaks = breaks
        self.sockets = 0
        self._number = 0

    async def __call__(self, socket: ServerConnection) -> None:
        self.sockets += 1
        assert json.loads(await socket.recv())["type"] == "connection_init"
        await socket.send('{"type": "connection_ack"}')
        assert json.loads(await socket.recv())["type"] == "subscribe"
        for _ in range(2):
            self._number += 1
            event = {"id": "1", "type": "next", "payload": {"data": {"tick": self._number}}}
            await socket.send(json.dumps(event))
        if self.sockets <= self.breaks:
            await asyncio.sleep(0.01)
            socket.transport.abort()
        else:
            await socket.send('{"id": "1", "type": "complete"}')


@asynccontextmanager
async def active_streams(
    subgraph: Breaking, attempts: int
) -> AsyncIterator[tuple[SubscriptionDeduplication, SubgraphRequest]]:
    config = SubscriptionDeduplicationConfig(live_subgraphs=("ticks",), max_reconnect_attempts=attempts, backoff=0.01)
    transport = HttpTransport()
    async with serve(subgraph, "127.0.0.1", 0, subprotocols=["graphql-transport-ws"]) as server:  # type: ignore[list-item]  # a NewType of str
        port = server.sockets[0].getsockname()[1]
        request = SubgraphRequest("ticks", f"http://127.0.0.1:{port}/", b'{"query":"subscription { tick }"}')
        try:
            yield SubscriptionDeduplication(transport, config, SystemClock(), SystemRandomness()), request
        finally:
            await transport.aclose()


async def collect(streams: SubscriptionDeduplication, request: SubgraphRequest) -> tuple[list[int], str | None]:
    numbers: list[int] = []
    try:
        async with asyncio.timeout(10), aclosing(streams.stream(request)) as events:
            async for event in events:
                numbers += [json.loads(event)["data"]["tick"]]
    except SubgraphUnavailable as error:
        return numbers, error.message
    return numbers, None


async def test_all_clients_go_on_where_the_subgraph_does() -> None:
    subgraph = Breaking(breaks=2)
    async with active_streams(subgraph, attempts=3) as (streams, request):
        seen = await asyncio.gather(*(collect(streams, request) for _ in range(3)))
    assert seen == [([1, 2, 3, 4, 5, 6], None)] * 3
    assert subgraph.sockets == 3


async def test_without_attempts_all_clients_are_told_at_once() -> None:
    subgraph = Breaking(breaks=1)
    async with active_streams(subgraph, attempts=0) as (streams, request):
        seen = await asyncio.gather(*(collect(streams, request) for _ in range(3)))
    assert [numbers for numbers, _ in seen] == [[1, 2]] * 3
    assert all(told is not None and "ticks" in told for _, told in seen)
    assert subgraph.sockets == 1


async def test_a_subgraph_that_stays_away_is_given_up() -> None:
    async with active_streams(Breaking(breaks=0), attempts=2) as (streams, request):
        nobody = SubgraphRequest("ticks", "http://127.0.0.1:9/", request.body)
        numbers, told = await collect(streams, nobody)
    assert numbers == []
    assert told == 'Subgraph "ticks" did not keep up the subscription: 2 attempts to open it again failed.'
