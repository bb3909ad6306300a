"""ASGI apps within reach of a subgraph transport: in the process, or behind a real server on a loopback port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import uvicorn

from entrepot.router.execution import AsgiTransport, HttpTransport, SubgraphTransport, SubscriptionEndpoint
from entrepot.router.execution.transports.asgi import AsgiApp


@dataclass
class Reach:
    """A transport, and the address of the app behind it."""

    transport: SubgraphTransport
    url: str


@dataclass
class Server:
    """Makes apps reachable in one way until it is closed."""

    kind: str
    maximum_bytes: int = 64 * 1024 * 1024
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def serve(self, app: AsgiApp) -> Reach:
        if self.kind == "asgi":
            transport = AsgiTransport({"shop": app}, maximum_bytes=self.maximum_bytes)
            self.stack.push_async_callback(transport.aclose)
            return Reach(transport, "http://shop.internal/graphql?x=1")
        port = await self.stack.enter_async_context(serve_over_http(app))
        http = HttpTransport(
            default_subscription=SubscriptionEndpoint(protocol="sse"), maximum_bytes=self.maximum_bytes
        )
        self.stack.push_async_callback(http.aclose)
        return Reach(http, f"http://127.0.0.1:{port}/graphql?x=1")


@asynccontextmanager
async def serve_over_http(app: AsgiApp) -> AsyncIterator[int]:
    """Serve `app` by uvicorn on a free port of the loopback interface, which is given."""
    config = uvicorn.Config(app, port=0, lifespan="off", ws="none", log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task
