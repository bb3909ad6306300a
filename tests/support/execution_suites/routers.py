"""Our router in front of every suite, twice, and the suites' subgraphs behind it, all by real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from entrepot.router.app import RouterApp, build_router_app
from entrepot.router.config import RouterConfig, ServerConfig
from tests.support.clients import GraphQLClient
from tests.support.execution_suites.server import Asked, SuiteServer
from tests.support.execution_suites.sources import SuiteSource
from tests.support.served_apps import serve_over_http

GIVEN, COMPOSED = "given", "composed"
SUPERGRAPHS: dict[str, Callable[[SuiteSource], str]] = {
    GIVEN: lambda source: source.supergraph,
    COMPOSED: lambda source: source.compose(),
}
"""Where a router's supergraph comes from: the suite's own, or what our composer makes of its subgraphs."""


@dataclass(frozen=True)
class ServedSuites:
    """All suites behind a router for each kind of supergraph; `subgraphs_url` is where their subgraphs listen."""

    server: SuiteServer
    subgraphs_url: str
    routers_url: str
    session: aiohttp.ClientSession

    async def ask(self, kind: str, suite: str, query: str) -> tuple[dict[str, Any], Asked]:
        """The router's whole response, and what it asked of the subgraphs for it."""
        answer = await GraphQLClient(self.session, f"{self.routers_url}/{kind}/{suite}").send(query)
        return answer, self.server.take(kind, suite)


class _Routers:
    """One application over many routers, each under a path of its own."""

    def __init__(self, routers: dict[str, RouterApp]) -> None:
        self._routers = routers

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        await self._routers[scope["path"]](scope, receive, send)


@asynccontextmanager
async def serve_suites(
    sources: Iterable[SuiteSource],
    *,
    kinds: Iterable[str] = tuple(SUPERGRAPHS),
    lenient: frozenset[str] = frozenset(),
) -> AsyncIterator[ServedSuites]:
    """Serve the subgraphs on one port and our routers on another; `lenient` as `SuiteServer` has it."""
    sources = tuple(sources)
    server = SuiteServer(sources, lenient=lenient)
    async with (
        serve_over_http(server) as subgraphs_port,
        # Servers end idle connections when they like; on a busy machine that is between two questions.
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session,
    ):
        subgraphs_url = f"http://127.0.0.1:{subgraphs_port}"
        routers = {
            f"/{kind}/{source.name}": build_router_app(
                RouterConfig(
                    server=ServerConfig(path=f"/{kind}/{source.name}"),
                    override_subgraph_urls={
                        name: f"{subgraphs_url}/{kind}/{source.name}/{name}" for name in source.subgraphs
                    },
                ),
                SUPERGRAPHS[kind](source),
            )
            for kind in kinds
            for source in sources
        }
        async with AsyncExitStack() as stack:
            for router in routers.values():
                await stack.enter_async_context(_live(router))
            routers_port = await stack.enter_async_context(serve_over_http(_Routers(routers)))
            yield ServedSuites(server, subgraphs_url, f"http://127.0.0.1:{routers_port}", session)


@asynccontextmanager
async def _live(router: RouterApp) -> AsyncIterator[None]:
    """The router's lifespan, at the end of which it closes its connections to subgraphs."""
    events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    events.put_nowait({"type": "lifespan.startup"})
    life = asyncio.create_task(router({"type": "lifespan"}, events.get, _ignore))
    try:
        yield
    finally:
        events.put_nowait({"type": "lifespan.shutdown"})
        await life


async def _ignore(_message: MutableMapping[str, Any]) -> None:
    """The router's reports on its lifespan, which has no failures to tell."""
