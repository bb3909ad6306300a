"""Two processes on PostgreSQL under a load of orders: one dies, is stopped or loses its server; nothing is lost.

The server is the test's own: it is restarted, and its log says which process wrote.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.journeys.test_tokens import code_of
from tests.support.buying import REGISTER
from tests.support.faults.shopping import SKU
from tests.support.faults.world import Fault, World, come_through
from tests.support.mesh import Shop
from tests.support.restocking import restock
from tests.support.servers import free_port, postgres_url
from tests.support.single import Databases, ServeProcess, balance, run_serve, temporary_folder, visit
from tests.support.tree import ROOT

GENEROUS = 120.0
"""Seconds that a take-over may take on a busy machine; how long it took is printed."""
_CERTAIN = 10
"""Answers of a process that is ready; HAProxy takes every process for ready until it has asked twice."""
WRITES = re.compile(r"LOG:\s+(?:statement|execute [^:]*): *(?:WITH|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|TRUNCATE)")


@dataclass
class Server:
    """A PostgreSQL server of the test's own."""

    folder: Path
    url: str
    port: int

    def run(self, *arguments: str) -> str:
        return subprocess.run(
            [ROOT / "scripts" / "postgres", *arguments],
            env={**os.environ, "PGPORT": str(self.port)},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.strip()

    def restart(self, mode: str) -> None:
        self.run("restart", str(self.folder), mode)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


@dataclass
class Pair:
    """The processes: the one that leads, and the standby; `stack` ends what it started."""

    databases: Databases
    server: Server
    stack: ExitStack
    ports: tuple[int, int]
    leader: ServeProcess
    standby: ServeProcess
    times: list[str] = field(default_factory=list)

    async def replace_leader(self, begun: float, what: str) -> ServeProcess:
        """The former leader, after the standby has taken over; a fresh standby is in its place soon."""
        since = await asyncio.to_thread(self.standby.wait_until_said, "Entrepot serves at") - begun
        sys.stdout.write(f"take-over after {what}: {since:.1f} s\n")
        assert since < GENEROUS
        former = self.leader
        self.leader = self.standby
        return former

    def start_standby(self, port: int) -> None:
        self.standby = self.stack.enter_context(run_serve(self.databases, port=port))
        self.standby.wait_until_said("Entrepot stands by at")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    postgres_url()  # Skips where there is no PostgreSQL.
    port = free_port()
    with temporary_folder() as above:
        server = Server(above / "postgres", "", port)
        server.url = server.run("start", str(server.folder))
        try:
            asyncio.run(log_writes(server.url))
            yield server
        finally:
            server.run("stop", str(server.folder))


async def log_writes(url: str) -> None:
    """Have the server log every statement that changes something, with the application that sent it."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for setting in ("log_statement = 'mod'", "log_line_prefix = '[%a] '"):
            await connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        await connection.execute(text("SELECT pg_reload_conf()"))
    await engine.dispose()


@pytest.fixture(scope="module")
def pair(server: Server) -> Iterator[Pair]:
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        databases = Databases(server.url, folder / "data")
        asyncio.run(databases.create())
        ports = (free_port(), free_port())
        leader = stack.enter_context(run_serve(databases, port=ports[0]))
        leader.wait_until_said("Entrepot serves at")
        pair = Pair(databases, server, stack, ports, leader, leader)
        pair.start_standby(ports[1])
        yield pair


@pytest.fixture
async def shop(pair: Pair) -> AsyncIterator[Shop]:
    with balance(*pair.ports) as port:
        async with visit(pair.databases, port) as shop:
            try:
                await until_ready(shop)
                yield shop
            finally:
                # Shown where the test fails.
                for process in (pair.leader, pair.standby):
                    sys.stdout.write(f"--- port {process.port}, {process.process.poll()}\n{process.output[-4000:]}\n")


async def until_ready(shop: Shop) -> None:
    """Return when the balancer has a process to send to, and has found out which of them is the standby."""
    in_a_row = 0
    async with asyncio.timeout(GENEROUS):
        while in_a_row < _CERTAIN:
            async with shop.client.session.get(shop.client.url.replace("/graphql", "/health/ready")) as response:
                in_a_row = in_a_row + 1 if response.status == 200 else 0
            await asyncio.sleep(0.1)


async def buy_through(shop: Shop, name: str, bring_about: Callable[[], Awaitable[None]]) -> None:
    """Customers buy while it is brought about: every order ends right, every event takes effect once."""
    admin = await shop.login("admin@example.com")
    variant = await restock(admin, SKU)
    await shop.running.wait_until_idle()

    async def deed(_world: World) -> None:
        await bring_about()

    unused = cast("Any", None)
    outcome = await come_through(World(unused, unused, shop, admin, variant), Fault(name, deed), rate=2.0)
    sys.stdout.write(f"{outcome}\n")
    assert outcome.confirmed > 0


def test_a_standby_is_live_and_serves_nobody(pair: Pair) -> None:
    assert (pair.leader.ask("/health/live")[0], pair.leader.ask("/health/ready")[0]) == (200, 200)
    assert (pair.standby.ask("/health/live")[0], pair.standby.ask("/health/ready")[0]) == (200, 503)
    status, body = pair.standby.ask("/graphql", b'{"query": "{ __typename }"}')
    assert status == 503
    assert b'"STANDBY"' in body


async def test_a_standby_takes_over_from_a_leader_that_was_killed(pair: Pair, shop: Shop) -> None:
    async def kill() -> None:
        begun = asyncio.get_running_loop().time()
        pair.leader.send(signal.SIGKILL)
        former = await pair.replace_leader(begun, "kill -9")
        await asyncio.to_thread(pair.start_standby, former.port)

    await buy_through(shop, "kill -9 of the leader", kill)


async def test_a_leader_that_was_stopped_does_not_write_when_it_wakes(pair: Pair, shop: Shop) -> None:
    sending: list[asyncio.Task[Any]] = []
    marks: list[int] = []
    epoch = pair.leader.output.rpartition("(epoch ")[2].partition(")")[0]

    async def stop_and_wake() -> None:
        begun = asyncio.get_running_loop().time()
        pair.leader.send(signal.SIGSTOP)
        # What waits in its socket is the first that it sees when it wakes.
        port = pair.leader.port
        late = [register_directly(shop, port, f"late-{number}@late.example") for number in range(10)]
        sending.extend(map(asyncio.create_task, late))
        former = await pair.replace_leader(begun, "SIGSTOP")
        await asyncio.sleep(1)
        marks.append(len(pair.server.log))
        former.send(signal.SIGCONT)
        async with asyncio.timeout(GENEROUS):
            assert await asyncio.to_thread(former.process.wait) == 1
        assert "entrepot serve: LEADERSHIP_LOST: " in former.output
        await asyncio.to_thread(pair.start_standby, former.port)

    await buy_through(shop, "SIGSTOP of the leader", stop_and_wake)
    answers = await asyncio.gather(*sending)
    assert not any("data" in answer and answer["data"] and answer["data"]["register"] for answer in answers), answers
    async with shop.running.processes["accounts"].database.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM users WHERE email LIKE '%@late.example'")) == 0
    written = [line for line in pair.server.log[marks[0] :].splitlines() if WRITES.search(line)]
    assert [line for line in written if line.startswith(f"[entrepot-leader:{epoch}]")] == []
    # The log would have shown it: the present leader has written.
    assert [line for line in written if line.startswith(f"[entrepot-leader:{int(epoch) + 1}]")]


async def register_directly(shop: Shop, port: int, email: str) -> dict[str, Any]:
    given = {"email": email, "password": "a-long-password-1", "name": "Late", "idempotencyKey": email}
    body = {"query": REGISTER, "variables": {"input": given}}
    try:
        async with shop.client.session.post(f"http://127.0.0.1:{port}/graphql", json=body) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
            return answer
    except aiohttp.ClientError as error:
        return {"lost": repr(error)}


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_of_the_server_replaces_nobody(pair: Pair, shop: Shop, mode: str) -> None:
    async def restart() -> None:
        await asyncio.to_thread(pair.server.restart, mode)

    await buy_through(shop, f"{mode} restart of PostgreSQL", restart)
    assert pair.leader.process.poll() is None
    assert pair.standby.said("Entrepot serves at") is None


async def test_revoked_tokens_and_attempts_survive_a_takeover_and_a_restart(pair: Pair, shop: Shop) -> None:
    ada = await shop.login("ada@example.com")
    await ada.data("mutation { logout { errors { __typename } } }")
    assert await code_of(shop.client, ada.token) == "UNAUTHENTICATED"
    grace = await shop.login("grace@example.com")
    guess = """mutation { login(input: { email: "guessed@example.com", password: "wrong-password-1" }) {
      errors { ... on UserError { code } } } }"""

    async def guessed() -> str:
        answer = await shop.client.send(guess)
        if "errors" in answer:
            return str(answer["errors"][0]["extensions"]["code"])
        return str(answer["data"]["login"]["errors"][0]["code"])

    codes = [await guessed() for _ in range(30)]
    refused = codes[-1]
    assert codes[0] != refused, codes

    async def check() -> None:
        assert await code_of(shop.client, ada.token) == "UNAUTHENTICATED"
        assert await code_of(shop.client, grace.token) is None
        assert await guessed() == refused

    await check()
    begun = asyncio.get_running_loop().time()
    pair.leader.send(signal.SIGKILL)
    former = await pair.replace_leader(begun, "kill -9")
    await until_ready(shop)
    await check()
    # Both end, and one starts again.
    pair.leader.send(signal.SIGTERM)
    assert await asyncio.to_thread(pair.leader.process.wait, GENEROUS) == 0
    await asyncio.to_thread(pair.start_standby, former.port)
    pair.leader = pair.standby
    await asyncio.to_thread(pair.leader.wait_until_said, "Entrepot serves at")
    await until_ready(shop)
    await check()
