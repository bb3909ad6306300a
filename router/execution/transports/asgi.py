"""The in-process transport: ASGI apps of subgraphs called with bytes, as a server does."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import aclosing
from typing import Any
from urllib.parse import unquote, urlsplit

from entrepot.router.execution.transports.event_stream import MEDIA_TYPE, read_events
from entrepot.router.execution.transports.subgraph_client import (
    ACCEPT,
    SubgraphRequest,
    SubgraphResponse,
    describe_failure,
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

HIGH_WATER_BYTES = 256 * 1024


class AsgiTransport:
    """Sends to apps by the name of their subgraph.

    Each request runs in a task and a `contextvars.Context` of its own, so that nothing but the request itself gets
    through. When the caller is cancelled, the app receives `http.disconnect` and has `grace` seconds to end;
    else, and after that, it is cancelled.
    """

    def __init__(
        self, apps: Mapping[str, AsgiApp], *, maximum_bytes: int = 64 * 1024 * 1024, grace: float = 1.0
    ) -> None:
        self._apps = apps
        self._maximum_bytes = maximum_bytes
        self._grace = grace
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        exchange = self._open(request, ACCEPT, is_stream=False)
        try:
            await exchange.ended.wait()
            if exchange.size > self._maximum_bytes:
                message = f"answered with more than {self._maximum_bytes} bytes"
                raise describe_failure(request.subgraph, message, is_transient=False)
            exchange.check()
            return SubgraphResponse(exchange.status, exchange.headers, b"".join(exchange.parts), exchange.cookies)
        finally:
            exchange.leave(self._grace)

    async def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        exchange = self._open(request, MEDIA_TYPE, is_stream=True)
        try:
            await exchange.started.wait()
            if exchange.status == 0:
                exchange.check()
            async with aclosing(exchange.read()) as chunks:
                events = read_events(request.subgraph, exchange.status, exchange.headers, chunks, self._maximum_bytes)
                async with aclosing(events):
                    async for event in events:
                        yield event
        finally:
            exchange.leave(self._grace)

    async def aclose(self) -> None:
        """Cancel what still runs, and wait until it has ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _open(self, request: SubgraphRequest, accept: str, *, is_stream: bool) -> _Exchange:
        app = self._apps.get(request.subgraph)
        if app is None:
            raise describe_failure(request.subgraph, "is not served in this process", is_transient=False)
        exchange = _Exchange(request, self._maximum_bytes, is_stream=is_stream)
        exchange.task = asyncio.get_running_loop().create_task(
            exchange.run(app, _build_scope(request, accept)), context=contextvars.Context()
        )
        self._tasks.add(exchange.task)
        exchange.task.add_done_callback(self._tasks.discard)
        return exchange


class _Exchange:
    """One request to an app and its response, seen from both sides."""

    task: asyncio.Task[None]

    def __init__(self, request: SubgraphRequest, maximum_bytes: int, *, is_stream: bool) -> None:
        self._request = request
        self._maximum_bytes = maximum_bytes
        self._is_stream = is_stream
        self.status = 0
        self.headers: dict[str, str] = {}
        self.cookies: tuple[str, ...] = ()
        self.parts: list[bytes] = []
        self.size = 0
        self.started = asyncio.Event()
        self.ended = asyncio.Event()
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._gone = asyncio.Event()
        self._is_body_sent = False
        self._is_whole = False
        self._is_listening = False
        self._failure: Exception | None = None

    async def run(self, app: AsgiApp, scope: MutableMapping[str, Any]) -> None:
        try:
            await app(scope, self._receive, self._send)
        except Exception as cause:  # noqa: BLE001 - an app's failure is the caller's to hear of, as with a real server
            self._failure = cause
        finally:
            self._end()

    def check(self) -> None:
        """Raise SubgraphUnavailable when the app failed, or ended, before its response was whole."""
        if self._failure is not None and not self._is_whole:
            raise describe_failure(self._request.subgraph, "failed", is_transient=False) from self._failure
        if self.ended.is_set() and not self._is_whole:
            raise describe_failure(self._request.subgraph, "ended without an answer", is_transient=False)

    async def read(self) -> AsyncGenerator[bytes, None]:
        """The pieces of the body as they come."""
        while True:
            parts, self.parts, self.size = self.parts, [], 0
            self._drained.set()
            for part in parts:
                yield part
            if self.parts:
                continue
            if self.ended.is_set():
                self.check()
                return
            self._arrived.clear()
            await self._arrived.wait()

    def leave(self, grace: float) -> None:
        """The caller wants no more."""
        self._gone.set()
        self._drained.set()
        if self._is_whole or self.task.done():
            # The response is out: what the app still does is its own affair, as behind a real server.
            return
        if not self._is_listening:
            self.task.cancel()
            return
        timer = asyncio.get_running_loop().call_later(grace, self.task.cancel)
        self.task.add_done_callback(lambda _: timer.cancel())

    async def _receive(self) -> Message:
        if not self._is_body_sent:
            self._is_body_sent = True
            return {"type": "http.request", "body": self._request.body, "more_body": False}
        self._is_listening = True
        try:
            await self._gone.wait()
        finally:
            self._is_listening = self._gone.is_set()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._gone.is_set():
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._read_headers(message)
            self.started.set()
        elif message["type"] == "http.response.body":
            body = message.get("body", b"")
            if body:
                self.parts.append(body)
                self.size += len(body)
                self._arrived.set()
            if not message.get("more_body", False):
                self._is_whole = True
                self._end()
            elif self._is_stream:
                while self.size > HIGH_WATER_BYTES and not self._gone.is_set():
                    self._drained.clear()
                    await self._drained.wait()
            elif self.size > self._maximum_bytes:
                self.ended.set()

    def _read_headers(self, message: Message) -> None:
        for name, value in message.get("headers", ()):
            key, text = bytes(name).decode("latin-1").lower(), bytes(value).decode("latin-1")
            if key == "set-cookie":
                self.cookies += (text,)
            self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def _end(self) -> None:
        self.started.set()
        self.ended.set()
        self._arrived.set()
        if self._is_whole:
            self._gone.set()


def _build_scope(request: SubgraphRequest, accept: str) -> MutableMapping[str, Any]:
    url = urlsplit(request.url)
    path = url.path or "/"
    host = url.hostname or request.subgraph
    headers = {
        **request.headers,
        "host": url.netloc or host,
        "content-type": "application/json",
        "content-length": str(len(request.body)),
        "accept": accept,
    }
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": url.scheme or "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": url.query.encode(),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 0),
        "server": (host, url.port or 80),
        "state": {},
    }
