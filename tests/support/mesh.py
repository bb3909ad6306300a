"""The whole shop in one process behind real HTTP, on a fresh data folder."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import uvicorn

from entrepot.commands.dev import build_config
from entrepot.shared.environment import Environment
from entrepot.shared.process import SubgraphProcess
from entrepot.wiring.embedded import EmbeddedShop, Prepare
from tests.support.clients import GraphQLClient

CHEAP: Mapping[str, str] = {
    "ENTREPOT_ACCOUNTS_ARGON2_TIME_COST": "1",
    "ENTREPOT_ACCOUNTS_ARGON2_MEMORY_KIB": "64",
}
"""Passwords that are quick to hash, for tests."""


class RunningShop(Protocol):
    """What tests ask of a shop behind its graph, in whatever processes it runs."""

    @property
    def processes(self) -> Mapping[str, SubgraphProcess]:
        """Each subgraph's, as a way to its database and its ports."""
        ...

    async def wait_until_idle(self) -> None:
        """Return when every event has been dealt with."""
        ...


@dataclass
class Shop:
    running: Any
    """A `RunningShop`; the embedded one, unless the test runs on several."""
    client: GraphQLClient
    subgraphs_url: str

    async def login(self, email: str, password: str = "entrepot-demo-1") -> GraphQLClient:
        document = """mutation ($email: String!, $password: String!) {
          login(input: { email: $email, password: $password }) { accessToken errors { __typename } } }"""
        answer = (await self.client.data(document, email=email, password=password))["login"]
        assert answer["errors"] == []
        return self.client.as_(answer["accessToken"])


@asynccontextmanager
async def open_shop(
    folder: Path,
    *,
    environment: Environment | None = None,
    environ: Mapping[str, str] | None = None,
    prepare: Prepare | None = None,
    **sections: Any,
) -> AsyncIterator[Shop]:
    """The shop with five products, its graph and its subgraphs each at an address of their own.

    `prepare` writes more data before anything works. `sections` are those of the router's configuration that are to be
    others than in `entrepot dev`.
    """
    embedded = EmbeddedShop(folder, environment=environment, environ={**CHEAP, **(environ or {})}, is_demo=True)
    await embedded.open(replace(build_config("127.0.0.1", 0, is_demo=True), **sections), prepare=prepare)
    try:
        async with (
            serve(embedded.app) as router_port,
            serve(embedded.build_subgraph_apps()) as subgraphs_port,
            aiohttp.ClientSession() as session,
        ):
            client = GraphQLClient(session, f"http://127.0.0.1:{router_port}/graphql")
            yield Shop(embedded, client, f"http://127.0.0.1:{subgraphs_port}")
    finally:
        await embedded.close()


@asynccontextmanager
async def serve(app: Any) -> AsyncIterator[int]:
    """The app behind a real server on a free port of this machine."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    # As the router's own: a connection is not closed under a client that was busy for some seconds.
    options = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1, timeout_keep_alive=75)
    server = uvicorn.Server(options)
    task = asyncio.create_task(server.serve([listener]))
    try:
        while not server.started:
            assert not task.done(), "the server did not start"
            await asyncio.sleep(0.005)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listener.close()
