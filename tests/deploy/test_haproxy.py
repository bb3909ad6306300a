"""What HAProxy repeats when a router dies: what can have changed nothing. And a slow router is not a dead one."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from entrepot.native import find_free_ports
from tests.support.servers import need_program
from tests.support.tree import ROOT

CONFIG = ROOT / "deploy" / "haproxy" / "haproxy.cfg"
_READY = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
_HASH = {"persistedQuery": {"version": 1, "sha256Hash": "ab" * 32}}


@dataclass
class DyingRouter:
    """Is well, if slowly, until it is asked something: then it is gone without an answer."""

    checked_in: float = 0.0
    asked: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET /health"):
                await asyncio.sleep(self.checked_in)
                writer.write(_READY)
                await writer.drain()
            else:
                self.asked.append(head)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@dataclass
class RunningHAProxy:
    """Its address, before three routers that die of every request."""

    url: str
    metrics: str
    routers: list[DyingRouter]


@asynccontextmanager
async def run_haproxy(folder: Path, *, checked_in: float = 0.0) -> AsyncIterator[RunningHAProxy]:
    """HAProxy before routers that answer its checks in so many seconds."""
    program = need_program("haproxy", "haproxy")
    routers = [DyingRouter(checked_in) for _ in range(3)]
    servers = [await asyncio.start_server(each.serve, "127.0.0.1", 0) for each in routers]
    port, metrics = find_free_ports(2)
    environ = {"HAPROXY_LISTEN_HOST": "127.0.0.1", "HAPROXY_PORT": str(port), "HAPROXY_METRICS_PORT": str(metrics)}
    for number, server in enumerate(servers, 1):
        environ[f"ROUTER_{number}"] = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(program, "-db", "-f", str(CONFIG)), env={**os.environ, **environ}, stdout=log, stderr=log
        )
    try:
        await _wait_for(port, process)
        yield RunningHAProxy(f"http://127.0.0.1:{port}/graphql", f"http://127.0.0.1:{metrics}/metrics", routers)
    finally:
        process.terminate()
        await process.wait()
        for server in servers:
            server.close()


async def _wait_for(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(30):
        while True:
            assert process.returncode is None
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


REPEATED: dict[str, Any] = {
    "a query": {"query": "{ products { id } }"},
    "a query with variables": {"query": "query ($query: String) { a }", "variables": {"query": "coffee"}},
    "a subscription": {"query": "subscription { orderStatusChanged(orderId: 1) { status } }"},
}
SENT_ONCE: dict[str, Any] = {
    "a mutation": {"query": "mutation { placeOrder(input: {}) { order { id } } }"},
    "a mutation behind a query": {"query": "query A { a } mutation B { b }", "operationName": "B"},
    "a hash": {"extensions": _HASH},
    "a hash, and a variable of that name": {"extensions": _HASH, "variables": {"query": "coffee"}},
    "an identifier": {"documentId": "sha256:ab", "variables": {"query": "{ a }"}},
    "a batch": [{"query": "{ a }"}, {"query": "{ b }"}],
    "what is too large": {"query": "{ a }", "variables": {"text": "x" * 40_000}},
}


async def count_deliveries(folder: Path, method: str, url_part: str, body: bytes | None) -> int:
    async with run_haproxy(folder) as haproxy, aiohttp.ClientSession() as session:
        headers = {"content-type": "application/json", "apollo-require-preflight": "true"}
        async with session.request(method, f"{haproxy.url}{url_part}", data=body, headers=headers) as response:
            assert response.status in {502, 503}
        return sum(len(each.asked) for each in haproxy.routers)


@pytest.mark.parametrize("case", REPEATED)
async def test_queries_go_to_another_router(tmp_path: Path, case: str) -> None:
    assert await count_deliveries(tmp_path, "POST", "", json.dumps(REPEATED[case]).encode()) > 1


async def test_so_does_get(tmp_path: Path) -> None:
    assert await count_deliveries(tmp_path, "GET", f"?{urlencode({'query': '{ a }'})}", None) > 1


@pytest.mark.parametrize("case", SENT_ONCE)
async def test_what_may_change_something_is_sent_once(tmp_path: Path, case: str) -> None:
    assert await count_deliveries(tmp_path, "POST", "", json.dumps(SENT_ONCE[case]).encode()) == 1


async def test_a_mutation_cannot_hide_behind_an_escape(tmp_path: Path) -> None:
    hidden = rb'{"query": "\u006dutation { placeOrder { id } }"}'
    assert await count_deliveries(tmp_path, "POST", "", hidden) == 1


FORGED = {"x-forwarded-for": "9.8.7.6, 172.31.250.2", "forwarded": "for=9.8.7.6"}


async def test_clients_do_not_choose_their_address(tmp_path: Path) -> None:
    """F6: what a client says of its address is deleted; the router is told the one that HAProxy sees."""
    async with run_haproxy(tmp_path) as haproxy, aiohttp.ClientSession() as session:
        async with session.post(haproxy.url, json={"query": "{ a }"}, headers=FORGED):
            pass
        [head, *_] = [head.lower() for router in haproxy.routers for head in router.asked]
    assert re.findall(rb"x-forwarded-for: (.*)\r\n", head) == [b"127.0.0.1"]
    assert b"9.8.7.6" not in head


async def test_a_proxy_in_front_may_say_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAPROXY_TRUSTED_FRONT", "127.0.0.0/8")
    async with run_haproxy(tmp_path) as haproxy, aiohttp.ClientSession() as session:
        async with session.post(haproxy.url, json={"query": "{ a }"}, headers={"x-forwarded-for": "9.8.7.6"}):
            pass
        [head, *_] = [head.lower() for router in haproxy.routers for head in router.asked]
    assert re.findall(rb"x-forwarded-for: (.*)\r\n", head) == [b"9.8.7.6", b"127.0.0.1"]


async def test_a_busy_router_is_not_down(tmp_path: Path) -> None:
    async with run_haproxy(tmp_path, checked_in=1.2) as haproxy, aiohttp.ClientSession() as session:
        await asyncio.sleep(4)
        async with session.get(haproxy.metrics) as response:
            lines = (await response.text()).splitlines()
    for router in ("router-1", "router-2", "router-3"):
        assert f'haproxy_server_status{{proxy="routers",server="{router}",state="UP"}} 1' in lines
        assert f'haproxy_server_check_failures_total{{proxy="routers",server="{router}"}} 0' in lines
