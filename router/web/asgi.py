"""The parts of ASGI that every endpoint uses: types, headers, whole responses, disconnects."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from types import TracebackType
from typing import Any, Final, Self

import orjson

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
RawHeaders = list[tuple[bytes, bytes]]

NO_SNIFF: Final = (b"x-content-type-options", b"nosniff")
_USUAL_NAMES: Final = {
    name.encode(): name
    for name in (
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "traceparent",
        "user-agent",
        "x-request-id",
    )
}
# Most requests are answered sooner than this and need no task that watches for a disconnect.
_PATIENCE: Final = 0.02


class ClientDisconnected(Exception):
    """The client closed its connection."""


CLIENT_DISCONNECTED: Final = ClientDisconnected()
"""The reason with which work for such a client is interrupted."""


def read_headers(scope: Scope) -> dict[str, str]:
    """The headers by lower-case name; one that is repeated is joined with commas (RFC 9110 section 5.3)."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        # Servers send names in lower case; the usual ones need no decoding.
        name = _USUAL_NAMES.get(raw_name) or raw_name.decode("latin-1").lower()
        value = raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def measure_headers(scope: Scope) -> int:
    """The bytes of all header fields, their separators left out."""
    return sum([len(name) + len(value) for name, value in scope["headers"]])


async def send_response(
    send: Send, status: int, body: bytes, content_type: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send a whole response; the length and the refusal to guess media types are added."""
    raw: RawHeaders = [
        (b"content-type", content_type),
        (b"content-length", b"%d" % len(body)),
        NO_SNIFF,
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def send_json(send: Send, status: int, content: Any, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Send a value as JSON."""
    await send_response(send, status, orjson.dumps(content), b"application/json; charset=utf-8", headers)


async def wait_for_disconnect(receive: Receive) -> None:
    """Return when the client has disconnected; what it still sends is dropped."""
    while (await receive())["type"] != "http.disconnect":
        pass


class DisconnectGuard:
    """Cancels the work inside it when the client disconnects; then `is_disconnected` is true."""

    __slots__ = ("_receive", "_task", "_timer", "_watcher", "is_disconnected")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._watcher: asyncio.Task[None] | None = None
        self._task: asyncio.Task[Any] | None = None
        self.is_disconnected = False

    def __enter__(self) -> Self:
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(_PATIENCE, self._begin_watching)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if self.is_disconnected and kind is asyncio.CancelledError:
            assert self._task is not None
            # Swallowed only when nobody else wants the task to end as well.
            return self._task.uncancel() == 0
        return False

    def _begin_watching(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        await wait_for_disconnect(self._receive)
        self.is_disconnected = True
        assert self._task is not None
        self._task.cancel()
