"""The two shops: how each gets its databases and its goods, and how it is started alone on its core."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg

from benchmarks.gateway.processes import GATEWAY_CORE, DidNotStart, Running, pin_to, run_pinned
from benchmarks.shop.cases import Shop
from benchmarks.shop.client import Connection
from benchmarks.shop.database import Server
from benchmarks.shop.goods import Goods
from benchmarks.shop.ours import OurShop
from benchmarks.shop.ports import find_port
from benchmarks.shop.stocking import ENVIRON, stock
from benchmarks.shop.vendure import VendureShop
from tests.support.single import Databases

OURS: Final = "entrepot"
PEER: Final = Path(__file__).parent / "peer"
_STOCKING_SECONDS: Final = 600
_PRODUCTION: Final = {"NODE_ENV": "production"}


class Contestant(Protocol):
    """A shop that can be measured; `prefix` begins the names of its databases."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def prefix(self) -> str: ...
    @property
    def goods(self) -> Goods: ...

    async def stock(self) -> None:
        """Make the databases and bring the goods in."""
        ...

    def run(self) -> AbstractContextManager[Running]:
        """The shop alone on its core; raises DidNotStart."""
        ...

    def visit(self, url: str) -> Shop:
        """The shop that runs, as a client sees it."""
        ...

    async def drop(self) -> None:
        """Remove the databases."""
        ...


@dataclass
class Ours:
    """`entrepot serve`."""

    server: Server
    folder: Path
    goods: Goods
    name: str = OURS
    title: str = "Entrepot"
    databases: Databases = field(init=False)

    def __post_init__(self) -> None:
        self.databases = Databases(self.server.url, self.folder / "entrepot", f"bench_{uuid.uuid4().hex[:8]}")

    @property
    def prefix(self) -> str:
        return self.databases.prefix

    async def stock(self) -> None:
        await self.databases.create(with_demo_data=False)
        with self.run() as running:

            async def execute(document: str, variables: Mapping[str, Any], token: str | None) -> dict[str, Any]:
                connection = Connection(running.url)
                try:
                    headers = {"authorization": f"Bearer {token}"} if token else {}
                    return await connection.execute(document, variables, headers)
                finally:
                    connection.close()

            await stock(execute, self.goods)
        await asyncio.gather(*(_analyze(self.find_url(name)) for name in self.databases.urls))

    def run(self) -> AbstractContextManager[Running]:
        port = find_port()
        program = Path(sys.executable).with_name("entrepot")
        command = [str(program), "serve", "--port", str(port), "--data", str(self.databases.folder)]
        return run_pinned(
            [*command, "--database-url", self.databases.template],
            core=GATEWAY_CORE,
            url=f"http://127.0.0.1:{port}/graphql",
            log=self.folder / "entrepot.log",
            environment=ENVIRON,
        )

    def visit(self, url: str) -> Shop:
        return OurShop(url, self.goods)

    def find_url(self, subgraph: str) -> str:
        """The database of a subgraph, for asyncpg."""
        return self.databases.template.replace("{name}", subgraph)

    async def drop(self) -> None:
        await self.databases.drop()


@dataclass
class Vendure:
    """`peer/server.mjs`."""

    server: Server
    folder: Path
    goods: Goods
    name: str = "vendure"
    title: str = "Vendure"
    prefix: str = field(default_factory=lambda: f"vendure_{uuid.uuid4().hex[:8]}")
    _url: str = ""

    async def stock(self) -> None:
        check_peer()
        self._url = await self.server.create_database(self.prefix)
        goods = self.folder / "goods.json"
        goods.write_text(json.dumps(self.goods.to_json()))
        log = self.folder / "vendure-stocking.log"
        command = [
            *pin_to(GATEWAY_CORE),
            find_node(),
            str(PEER / "server.mjs"),
            str(find_port()),
            self._url,
            str(goods),
        ]
        with log.open("wb") as output:
            done = await asyncio.to_thread(
                subprocess.run,
                command,
                stdout=output,
                stderr=output,
                env={**os.environ, **_PRODUCTION},
                timeout=_STOCKING_SECONDS,
                check=False,
            )
        if done.returncode:
            raise DidNotStart(f"Vendure did not take the goods: {log.read_text(errors='replace')[-2000:]}")
        await _analyze(self._url)

    def run(self) -> AbstractContextManager[Running]:
        port = find_port()
        return run_pinned(
            [find_node(), str(PEER / "server.mjs"), str(port), self._url],
            core=GATEWAY_CORE,
            url=f"http://127.0.0.1:{port}/shop-api",
            log=self.folder / "vendure.log",
            environment=_PRODUCTION,
        )

    def visit(self, url: str) -> Shop:
        return VendureShop(url, self.goods)

    async def drop(self) -> None:
        await self.server.drop_database(self.prefix)


def check_peer() -> None:
    """Raises DidNotStart without the packages of the peer."""
    if not (PEER / "node_modules").is_dir():
        raise DidNotStart("Vendure is not installed: run `make bench-shop`, or leave it out with --alone.")


def find_node() -> str:
    """The program that runs the peer."""
    return str(Path(shutil.which("node") or str(Path(sys.executable).with_name("node"))).resolve())


async def _analyze(url: str) -> None:
    """So that neither shop waits for what PostgreSQL does on its own some time later."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
