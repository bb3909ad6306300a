"""Taking over a changed supergraph and configuration, by a process that real clients ask meanwhile."""

from __future__ import annotations

import asyncio
import signal
from contextlib import aclosing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.broadcasting import TICKS
from tests.support.router_process import RouterProcess, run_router_process
from tests.support.stream_clients import read_ticks

_CLIENTS = 8


async def ask_until(router: RouterProcess, ended: asyncio.Event) -> tuple[int, list[Any]]:
    """How often a client of its own was answered, and all answers that were not what they should be."""
    answered, wrong = 0, []
    async with aiohttp.ClientSession() as session:
        while not ended.is_set():
            try:
                async with session.post(f"{router.base}/graphql", json={"query": "{ answer }"}) as response:
                    answer = await response.json()
            except aiohttp.ClientError as error:
                answer = repr(error)
            answered += 1
            if answer != {"data": {"answer": 42}}:
                wrong.append(answer)
    return answered, wrong


@pytest.mark.parametrize("times", [5, pytest.param(50, marks=pytest.mark.long)])
async def test_no_request_fails_and_no_event_is_lost_under_load(tmp_path: Path, times: int) -> None:
    async with run_router_process(tmp_path) as router:
        ended = asyncio.Event()
        clients = [asyncio.create_task(ask_until(router, ended)) for _ in range(_CLIENTS)]
        async with aclosing(read_ticks(router.base)) as ticks:
            await anext(ticks)
            heard = []
            for version in range(1, times + 1):
                if version % 2:
                    router.write_supergraph(version)
                else:
                    router.write_config(timeouts={"request": 10.0 + version})
                    router.process.send_signal(signal.SIGHUP)
                await router.wait_for("reload.done", version)
                router.subgraph.publish(version)
                heard.append(await anext(ticks))
            ended.set()
            outcomes = await asyncio.gather(*clients)
        assert heard == list(range(1, times + 1))
        assert [wrong for _, wrong in outcomes] == [[]] * _CLIENTS
        assert min(answered for answered, _ in outcomes) > times
        last = times if times % 2 else times - 1
        assert await router.query(f"{{ version{last} }}") == {"data": {f"version{last}": 42}}


async def test_what_cannot_be_served_changes_nothing(tmp_path: Path) -> None:
    async with run_router_process(tmp_path) as router:
        (tmp_path / "supergraph.graphql").write_text("type Query { a: Int }")
        await router.wait_for("reload.failed")
        assert await router.query("{ answer }") == {"data": {"answer": 42}}
        (tmp_path / "router.yaml").write_text("suprgraph: x")
        await router.wait_for("reload.failed", 2)
        failure = router.find("reload.failed")
        assert "did you mean supergraph?" in failure["error"]
        assert "stays in service" in failure["remedy"]
        router.write_config()
        router.write_supergraph(3)
        await router.wait_for("reload.done")
        assert await router.query("{ version3 }") == {"data": {"version3": 42}}


async def test_what_needs_a_restart_is_said(tmp_path: Path) -> None:
    async with run_router_process(tmp_path) as router:
        router.write_config(server={"keep_alive": 7})
        await router.wait_for("reload.needs_restart")
        assert router.find("reload.needs_restart")["settings"] == ["server.keep_alive"]


async def test_without_watching_only_the_signal_reloads(tmp_path: Path) -> None:
    async with run_router_process(tmp_path, reload={"watch": False}) as router:
        router.write_supergraph(1)
        await asyncio.sleep(0.4)
        assert "reload.done" not in router.events
        router.process.send_signal(signal.SIGHUP)
        await router.wait_for("reload.done")
        assert await router.query("{ version1 }") == {"data": {"version1": 42}}


async def test_streams_can_be_told_to_reconnect(tmp_path: Path) -> None:
    rules = {"streams": "reconnect", "reconnect_seconds": 0.2}
    async with run_router_process(tmp_path, reload=rules) as router:
        url = f"{router.base}/graphql"
        async with router.session.ws_connect(url, protocols=["graphql-transport-ws"]) as socket:
            await socket.send_json({"type": "connection_init"})
            assert (await socket.receive_json())["type"] == "connection_ack"
            await socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": TICKS}})
            async with aclosing(read_ticks(router.base)) as ticks:
                await anext(ticks)
                router.write_supergraph(1)
                assert [number async for number in ticks] == []  # neither an event nor "complete"
            message = await socket.receive(timeout=10)
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1012)
