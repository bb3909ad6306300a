"""The end of a process that clients still use: told in time, in order, and without a trace of failure."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.broadcasting import TICKS
from tests.support.router_process import RouterProcess, run_router_process
from tests.support.stream_clients import OPENED, read_ticks


async def open_socket(router: RouterProcess, query: str = TICKS) -> aiohttp.ClientWebSocketResponse:
    socket = await router.session.ws_connect(f"{router.base}/graphql", protocols=["graphql-transport-ws"])
    await socket.send_json({"type": "connection_init"})
    assert (await socket.receive_json())["type"] == "connection_ack"
    await socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": query}})
    return socket


async def wait_until_slow(router: RouterProcess, count: int) -> None:
    async with asyncio.timeout(10):
        while router.subgraph.slow_requests < count:
            await asyncio.sleep(0.01)


def list_failures(router: RouterProcess) -> list[dict[str, Any]]:
    """Whatever in the log reads like an accident."""
    return [entry for entry in router.log if entry.get("level") == "error" or "Traceback" in str(entry)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_requests_end_and_streams_are_sent_elsewhere(tmp_path: Path, number: signal.Signals) -> None:
    async with run_router_process(tmp_path) as router, aclosing(read_ticks(router.base)) as ticks:
        assert await anext(ticks) == OPENED
        socket = await open_socket(router)
        # Its query is another operation than `slow` over HTTP, which would share the request to the subgraph.
        busy = await open_socket(router, "{ slow answer }")
        request = asyncio.create_task(router.query("{ slow }"))
        await wait_until_slow(router, 2)
        router.subgraph.publish(7)
        assert await anext(ticks) == 7
        router.process.send_signal(number)

        # The stream ends as a connection does, without "complete": clients come back.
        assert [number async for number in ticks] == []
        assert (await socket.receive_json())["payload"] == {"data": {"ticks": 7}}
        message = await socket.receive(timeout=10)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)
        assert message.extra == "Going away. Connect again."
        with pytest.raises(aiohttp.ClientConnectionError):
            async with aiohttp.ClientSession() as session:
                await session.get(f"{router.base}/health/live")
        assert not request.done()

        router.subgraph.release.set()
        assert await request == {"data": {"slow": 42}}
        assert (await busy.receive_json())["payload"] == {"data": {"slow": 42, "answer": 42}}
        assert (await busy.receive_json())["type"] == "complete"
        assert (await busy.receive(timeout=10)).data == 1001
        assert await asyncio.wait_for(router.process.wait(), 10) in (0, -number)
        assert list_failures(router) == []


async def test_it_says_that_it_is_not_ready_before_it_accepts_nothing_more(tmp_path: Path) -> None:
    async with run_router_process(tmp_path, server={"drain_seconds": 1.0}) as router:
        assert await router.read_readiness() == 200
        router.process.terminate()
        async with asyncio.timeout(0.5):
            while await router.read_readiness() != 503:
                await asyncio.sleep(0.01)
        async with aiohttp.ClientSession() as session:
            answer = await session.post(f"{router.base}/graphql", json={"query": "{ answer }"})
            assert await answer.json() == {"data": {"answer": 42}}
        await asyncio.wait_for(router.process.wait(), 10)
        assert list_failures(router) == []


async def test_what_takes_too_long_is_cut_without_a_trace(tmp_path: Path) -> None:
    async with run_router_process(tmp_path, server={"graceful_shutdown": 1}) as router:
        request = asyncio.create_task(router.query("{ slow }"))
        await wait_until_slow(router, 1)
        router.process.terminate()
        began = time.monotonic()
        with pytest.raises(aiohttp.ClientError):
            await request
        await asyncio.wait_for(router.process.wait(), 10)
        assert 0.9 < time.monotonic() - began < 5
        assert "server.requests_cut" in router.events
        assert list_failures(router) == []


async def test_a_second_signal_ends_at_once_and_the_same_one_twice_does_not(tmp_path: Path) -> None:
    async with run_router_process(tmp_path, server={"drain_seconds": 30.0}) as router:
        request = asyncio.create_task(router.query("{ slow }"))
        await wait_until_slow(router, 1)
        router.process.terminate()
        router.process.send_signal(signal.SIGINT)
        await asyncio.sleep(1.0)
        assert not request.done()
        assert await router.read_readiness() == 503
        router.process.terminate()
        began = time.monotonic()
        with pytest.raises(aiohttp.ClientError):
            await request
        await asyncio.wait_for(router.process.wait(), 10)
        assert time.monotonic() - began < 3
        assert list_failures(router) == []
