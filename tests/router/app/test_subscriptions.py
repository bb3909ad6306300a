"""Very many subscriptions open in one process: what each costs, that each gets every event, and that nothing grows."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from tests.support.broadcasting import NOISE, TICKS
from tests.support.many_subscribers import Subscriber, build_event_request, need_files, open_subscribers, read_memory
from tests.support.router_process import RouterProcess, run_router_process

# All subscribers come from one address.
MANY = {"max_connections_per_address": 10_000}
LIVE = {"protocol": "sse", "deduplication": {"live_subgraphs": ["clock"], "queue_capacity": 16}}
_KILOBYTES_EACH = 60
_PATIENCE = 60
# A stream says that it is open a moment before it hears of events.
_JOINING = 1.0
_EVENT_SECONDS = 0.1
_BEHIND = 8
"""Events that may be on their way at once: fewer than a stream waits with before it is closed as too slow."""


async def wait_for_all(subscribers: list[Subscriber], count: int) -> None:
    async with asyncio.timeout(_PATIENCE):
        while any(len(subscriber.numbers) < count for subscriber in subscribers):
            await asyncio.sleep(0.02)


async def publish_to_all(router: RouterProcess, subscribers: list[Subscriber], numbers: range) -> None:
    for number in numbers:
        router.subgraph.publish(number)
        await asyncio.sleep(0.02)
    await wait_for_all(subscribers, numbers.stop)


@pytest.mark.parametrize("count", [300, pytest.param(5_000, marks=pytest.mark.long)])
async def test_each_gets_every_event_in_order_and_costs_little(
    tmp_path: Path, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    need_files(count)
    async with run_router_process(tmp_path, server=MANY, subscriptions=LIVE) as router:
        # What the first of each kind needs once is not what each needs.
        await open_subscribers(router.port, TICKS, 20)
        before = read_memory(router.process.pid)
        subscribers = await open_subscribers(router.port, TICKS, count)
        await asyncio.sleep(_JOINING)
        each = (read_memory(router.process.pid) - before) / count
        assert len(router.subgraph.streams) == 1
        await publish_to_all(router, subscribers, range(5))
        after = (read_memory(router.process.pid) - before) / count
        with capsys.disabled():
            sys.stdout.write(f"\n{count} subscriptions: {each:.1f} KB each when opened, {after:.1f} KB after events\n")
        assert all(subscriber.numbers == list(range(5)) for subscriber in subscribers)
        assert after < _KILOBYTES_EACH
        assert (await router.query("{ answer }"))["data"] == {"answer": 42}
        router.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(router.process.wait(), _PATIENCE)
        assert [entry for entry in router.log if entry.get("level") in ("warning", "error")] == []


@pytest.mark.parametrize(
    ("count", "seconds", "heartbeat"), [(100, 5.0, 0.5), pytest.param(5_000, 600.0, 5.0, marks=pytest.mark.long)]
)
async def test_nothing_grows_while_they_stay(
    tmp_path: Path, count: int, seconds: float, heartbeat: float, capsys: pytest.CaptureFixture[str]
) -> None:
    need_files(count)
    streams = {"heartbeat_interval": heartbeat, "connection_init_timeout": 1.0}
    async with run_router_process(tmp_path, server=MANY, subscriptions=LIVE, streams=streams) as router:
        subscribers = await open_subscribers(router.port, TICKS, count)
        await asyncio.sleep(_JOINING)
        number = await publish_while_others_pass(router, subscribers, 0, min(seconds, 60.0))
        before = read_memory(router.process.pid)
        number = await publish_while_others_pass(router, subscribers, number, seconds)
        grown = read_memory(router.process.pid) - before
        await wait_for_all(subscribers, number)
        assert all(subscriber.numbers == list(range(number)) for subscriber in subscribers)
        with capsys.disabled():
            sys.stdout.write(
                f"\n{count} subscriptions, {number} events in {seconds:.0f} s: {grown} KB more than before\n"
            )
        # What is collected next, and how the allocator lays things out, is worth this much at any time.
        assert grown < 4_000, f"{grown} KB more after {number} events"


async def publish_while_others_pass(
    router: RouterProcess, subscribers: list[Subscriber], number: int, seconds: float
) -> int:
    """Publish from that number on, while subscribers come and go; the number that is next."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        router.subgraph.publish(number)
        number += 1
        for subscriber in await open_subscribers(router.port, TICKS, 4):
            subscriber.transport.abort()
        await asyncio.sleep(_EVENT_SECONDS)
        await wait_for_all(subscribers, number - _BEHIND)
    return number


async def test_one_that_does_not_read_is_closed_and_harms_nobody(tmp_path: Path) -> None:
    async with run_router_process(tmp_path, server=MANY, subscriptions=LIVE) as router:
        loop = asyncio.get_running_loop()
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.settimeout(0)
            await loop.sock_connect(slow, ("127.0.0.1", router.port))
            await loop.sock_sendall(slow, build_event_request(NOISE))
            quick = asyncio.create_task(read_noise(router, 200))
            async with asyncio.timeout(_PATIENCE):
                while not router.subgraph.streams:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
            began = time.monotonic()
            for number in range(200):
                router.subgraph.publish(number)
                await asyncio.sleep(0.002)
            assert await asyncio.wait_for(quick, _PATIENCE) == list(range(200))
            assert time.monotonic() - began < _PATIENCE / 2
            received = b""
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10):
                    while b"event: complete" not in received[-200:]:
                        received += await loop.sock_recv(slow, 1 << 20)
        assert b"SUBSCRIBER_TOO_SLOW" in received[-1000:]


async def read_noise(router: RouterProcess, count: int) -> list[int]:
    """The numbers at the heads of that many events."""
    numbers: list[int] = []
    headers = {"accept": "text/event-stream"}
    async with router.session.post(f"{router.base}/graphql", json={"query": NOISE}, headers=headers) as response:
        response.content._high_water = 1 << 24
        buffer = b""
        async for chunk in response.content.iter_any():
            buffer += chunk
            *events, buffer = buffer.split(b"\n\n")
            numbers += [int(event.partition(b'"noise":"')[2].split(b" ")[0]) for event in events if b"noise" in event]
            if len(numbers) >= count:
                return numbers
    return numbers
