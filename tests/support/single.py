"""`entrepot serve` as processes of their own, on databases of their own, behind HAProxy as in production."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette
from starlette.routing import Mount

from entrepot.shared.auth import Denylist, IdentityVerifier
from entrepot.shared.caching import MemoryCache, MemoryLimiter
from entrepot.shared.db import Database
from entrepot.shared.environment import Environment
from entrepot.shared.events import MemoryBus, MemoryFanOut
from entrepot.shared.events.outbox.outbox import Progress
from entrepot.shared.graphql import IdentityPolicy
from entrepot.shared.process import Connections, SubgraphProcess
from entrepot.shared.subgraph import SubgraphDependencies
from entrepot.subgraphs.registry import SUBGRAPHS, load, load_permissions
from entrepot.wiring.databases import create_databases
from tests.support.clients import GraphQLClient
from tests.support.mesh import CHEAP, Shop, serve
from tests.support.servers import free_port, need_program, wait_for_port
from tests.support.tree import ROOT

PATIENCE = 120.0
ENVIRON: Mapping[str, str] = {
    **CHEAP,
    "ENTREPOT_PAYMENTS_LEASE": "0.5",
    "ENTREPOT_PAYMENTS_RETRY_BASE": "0.05",
    # PostgreSQL takes its time to start again on a machine that does other work as well.
    "ENTREPOT_LEADERSHIP_SILENCE": "6",
}
_HAPROXY = """defaults
  mode http
  timeout connect 1s
  timeout client 1m
  timeout server 1m
  timeout check 2s
frontend graph
  bind 127.0.0.1:{port}
  default_backend processes
backend processes
  option httpchk GET /health/ready
  default-server check inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions
"""


@dataclass
class Databases:
    """Databases and roles on `server`, for one shop; `folder` is its data folder."""

    server: str
    folder: Path
    prefix: str = field(default_factory=lambda: f"serve_{uuid.uuid4().hex[:12]}")

    @property
    def template(self) -> str:
        """What `--database-url` takes."""
        url = make_url(self.server)
        name = f"{self.prefix}_{{name}}"
        return f"postgresql://{name}:s3cret-of-tests@{url.host}:{url.port}/{name}"

    @property
    def urls(self) -> dict[str, str]:
        plain = self.template.replace("postgresql:", "postgresql+asyncpg:")
        return {name: plain.replace("{name}", name) for name in SUBGRAPHS}

    async def create(self, *, with_demo_data: bool = True, query: str = "") -> None:
        """Databases and roles as `entrepot create-databases` makes them, and demo data, which `serve` lacks.

        `query` is appended to their URLs.
        """
        await create_databases(self.server, {name: url + query for name, url in self.urls.items()})
        if with_demo_data:
            observed = ObservedDatabases(self)
            for process in observed.processes.values():
                await process.migrate()
                await process.subscribe()
            for process in observed.processes.values():
                await process.seed()
                await process.start()
            await observed.wait_until_idle()
            await observed.close()

    async def drop(self) -> None:
        engine = create_async_engine(self.server, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for name in SUBGRAPHS:
                await connection.execute(text(f"DROP DATABASE IF EXISTS {self.prefix}_{name} WITH (FORCE)"))
                await connection.execute(text(f"DROP ROLE IF EXISTS {self.prefix}_{name}"))
        await engine.dispose()


class ObservedDatabases:
    """A `RunningShop` whose processes are elsewhere: these have its databases and its keys, and do no work."""

    def __init__(self, databases: Databases) -> None:
        environment = Environment.system()
        cache, bus, fan_out = MemoryCache(environment.clock), MemoryBus(), MemoryFanOut()
        limiter, denylist = MemoryLimiter(environment.clock), Denylist(cache, environment.clock)
        facilities = SubgraphDependencies(
            environment, cache, limiter, denylist, databases.folder, is_demo=True, permissions=load_permissions()
        )
        key = Ed25519PrivateKey.generate().public_key()
        self.processes = {
            name: SubgraphProcess(
                load(name),
                Connections(
                    Database(url, environment.clock),
                    bus,
                    fan_out,
                    IdentityPolicy(IdentityVerifier(key, name, environment.clock)),
                ),
                facilities,
                ENVIRON,
            )
            for name, url in databases.urls.items()
        }

    async def wait_until_idle(self) -> None:
        """Return when all that was announced has been delivered, and nothing was announced meanwhile."""
        async with asyncio.timeout(PATIENCE):
            while True:
                before = await self._read_progress()
                if not any(each.undelivered for each in before) and before == await self._read_progress():
                    return
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        for process in self.processes.values():
            await process.stop()

    async def _read_progress(self) -> list[Progress]:
        return [await process.read_progress() for process in self.processes.values()]


@dataclass
class ServeProcess:
    """One `entrepot serve`, with what it said and when."""

    process: subprocess.Popen[str]
    port: int
    lines: list[tuple[float, str]] = field(default_factory=list)

    def said(self, start: str) -> float | None:
        """When it said that, by the monotonic clock."""
        return next((moment for moment, line in self.lines if line.startswith(start)), None)

    def wait_until_said(self, start: str) -> float:
        until = time.monotonic() + PATIENCE
        while (moment := self.said(start)) is None:
            assert time.monotonic() < until, f"{start!r} is missing:\n{self.output}"
            assert self.process.poll() is None or self.said(start), self.output
            time.sleep(0.02)
        return moment

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ask(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body of the answer to a GET, or to a POST of the JSON."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, path, body, {"content-type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    @property
    def output(self) -> str:
        return "\n".join(line for _, line in self.lines)


@contextmanager
def run_serve(
    databases: Databases, *options: str, port: int | None = None, environ: Mapping[str, str] | None = None
) -> Iterator[ServeProcess]:
    """`entrepot serve`, killed at the end unless it has ended."""
    port = port or free_port()
    command = [sys.executable, "-m", "entrepot.cli", "serve", "--port", str(port), "--data", str(databases.folder)]
    process = subprocess.Popen(
        [*command, "--database-url", databases.template, *options],
        cwd=ROOT,
        env={**os.environ, **ENVIRON, **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = ServeProcess(process, port)

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            running.lines.append((time.monotonic(), line.rstrip("\n")))

    reading = threading.Thread(target=read)
    reading.start()
    try:
        yield running
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait(PATIENCE)
        reading.join()
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def balance(*ports: int) -> Iterator[int]:
    """HAProxy's port: it sends requests to the process that is ready."""
    program = need_program("haproxy", "haproxy")
    port = free_port()
    servers = "".join(f"  server process-{each} 127.0.0.1:{each}\n" for each in ports)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "haproxy.cfg"
        config.write_text(_HAPROXY.format(port=port) + servers)
        process = subprocess.Popen([program, "-f", str(config), "-db"], stderr=subprocess.DEVNULL)
        try:
            wait_for_port(port)
            yield port
        finally:
            process.kill()
            process.wait()


@asynccontextmanager
async def visit(databases: Databases, port: int) -> AsyncIterator[Shop]:
    """The shop whose graph is at the port, and a look at its databases that no client has."""
    observed = ObservedDatabases(databases)
    accounts = Starlette(routes=[Mount("/accounts", observed.processes["accounts"].build_app())])
    try:
        async with aiohttp.ClientSession() as session, serve(accounts) as keys:
            client = GraphQLClient(session, f"http://127.0.0.1:{port}/graphql")
            yield Shop(observed, client, f"http://127.0.0.1:{keys}")
    finally:
        await observed.close()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that the user of PostgreSQL's server may pass through, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="entrepot-serve-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
