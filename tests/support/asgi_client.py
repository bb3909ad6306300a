"""Requests to an ASGI app without a server, and a server for what needs a real connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn

from entrepot.router.app.connections.http import HttpConnection
from entrepot.router.app.connections.listening import ListeningConfig
from entrepot.router.app.connections.registry import ConnectionRegistry
from entrepot.router.app.connections.websocket import WebSocketConnection
from entrepot.router.config import RouterConfig


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.json["errors"]]


@dataclass
class Exchange:
    """A request under way, whose client can leave."""

    app: Any
    scope: dict[str, Any]
    chunks: list[bytes]
    messages: list[dict[str, Any]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        await self.app(self.scope, self._receive, self._send)

    async def wait_for(self, text: bytes) -> None:
        """Return when the body so far holds the text."""
        while text not in self.body:
            self.arrived.clear()
            await self.arrived.wait()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    async def _receive(self) -> dict[str, Any]:
        if self.chunks:
            return {"type": "http.request", "body": self.chunks.pop(0), "more_body": bool(self.chunks)}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        self.arrived.set()


class AsgiClient:
    """Sends whole requests to one app."""

    def __init__(self, app: Any, headers: Mapping[str, str] | None = None) -> None:
        self.app = app
        self.headers = {"host": "router.test", "user-agent": "tests/1", **(headers or {})}

    def open(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str | None],
        body: bytes | list[bytes] = b"",
        query_string: str = "",
    ) -> Exchange:
        sent = {name: value for name, value in {**self.headers, **headers}.items() if value is not None}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query_string.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        }
        return Exchange(self.app, scope, body if isinstance(body, list) else [body])

    async def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str | None] | None = None,
        body: bytes | list[bytes] = b"",
        query_string: str = "",
    ) -> Answer:
        exchange = self.open(method, path, headers or {}, body, query_string)
        await exchange.run()
        start = exchange.messages[0]
        raw = [(name.decode(), value.decode()) for name, value in start["headers"]]
        return Answer(start["status"], dict(raw), exchange.body)

    async def post(
        self, content: Any = None, *, body: bytes | None = None, headers: Mapping[str, str | None] | None = None
    ) -> Answer:
        encoded = json.dumps(content).encode() if body is None else body
        return await self.send("POST", "/graphql", {"content-type": "application/json", **(headers or {})}, encoded)

    async def query(
        self, query: str, variables: dict[str, Any] | None = None, headers: Mapping[str, str | None] | None = None
    ) -> Answer:
        content = {"query": query} if variables is None else {"query": query, "variables": variables}
        return await self.post(content, headers=headers)

    async def get(
        self, parameters: Mapping[str, str] | None = None, headers: Mapping[str, str | None] | None = None
    ) -> Answer:
        return await self.send("GET", "/graphql", headers, query_string=urlencode(parameters or {}))


@asynccontextmanager
async def serve(app: Any, port: int = 0) -> AsyncIterator[str]:
    """Run the app behind the router's connections on that port, 0 being any free one; gives `127.0.0.1:<port>`."""
    config = ListeningConfig(
        app,
        ConnectionRegistry(RouterConfig),
        host="127.0.0.1",
        port=port,
        http=HttpConnection,
        ws=WebSocketConnection,
        lifespan="on",
        log_config=None,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
