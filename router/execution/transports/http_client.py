"""An HTTP/1.1 client (RFC 9112) with persistent connections, for requests whose whole response is awaited.

A library's client costs more than all else that is done for a small query, since it serves every use of HTTP; this one
knows POST with a body in memory, and leaves the reading of answers to llhttp.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, cast
from urllib.parse import urlsplit

import httptools

from entrepot.router.execution.transports.subgraph_client import ACCEPT, SubgraphResponse

_MAXIMUM_HEAD: Final = 64 * 1024
# What an answer may hold besides fields of its head and bytes of its body: chunk sizes, white space, interim answers.
_MAXIMUM_FRAMING: Final = 64 * 1024
_FRAMING_PER_BYTE: Final = 8
# Small parts of a body are joined now and then, since each costs far more than its bytes.
_MAXIMUM_PARTS: Final = 256
_FIRST_FINAL_STATUS: Final = 200
# A server may close a kept connection at any time; what must not be sent twice goes only over one used just now.
_SURELY_OPEN_SECONDS: Final = 1.0
_PORTS: Final = {"http": 80, "https": 443}


class AnswerInvalid(ValueError):
    """What came back is not HTTP, or more than may be read."""


class AnswerTooLarge(AnswerInvalid):
    """The body is longer than the client accepts."""


class ConnectionLost(OSError):
    """The connection ended before the answer was whole; `is_unanswered` when nothing of it had come.

    `may_lack_certificate` when nothing at all came over TLS: some servers refuse a client's certificate like that.
    """

    def __init__(self, *, is_unanswered: bool, may_lack_certificate: bool = False) -> None:
        super().__init__("The connection was lost.")
        self.is_unanswered = is_unanswered
        self.may_lack_certificate = may_lack_certificate


@dataclass(frozen=True, slots=True)
class _Target:
    """A URL taken apart: where to connect, and the head of every request to it."""

    host: str
    port: int
    is_secure: bool
    head: str


@cache
def _read_target(url: str) -> _Target:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
        raise ValueError("A subgraph is reached at http://HOST or https://HOST, without a user in the URL.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii() or any(character.isspace() for character in path):
        raise ValueError("The path of a URL is written in ASCII, everything else escaped.")
    host = parts.netloc.rpartition("@")[2].encode("idna").decode()
    head = f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\naccept: {ACCEPT}\r\n"
    return _Target(parts.hostname, parts.port or _PORTS[parts.scheme], parts.scheme == "https", head)


class HttpClient:
    """Posts JSON and awaits whole answers; connections are opened as needed and kept for `idle_seconds`.

    `connect_seconds` bounds the opening of a connection, TLS included; `maximum_bytes` the body of an answer.
    `tls` is for https, by default with the CAs of the system.
    """

    def __init__(
        self,
        *,
        connect_seconds: float,
        maximum_bytes: int,
        idle_seconds: float = 60.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._connect_seconds = connect_seconds
        self._maximum_bytes = maximum_bytes
        self._idle_seconds = idle_seconds
        self._idle: dict[tuple[str, int, bool], list[_Connection]] = {}
        self._open: set[_Connection] = set()
        self._tls = tls

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, *, is_repeatable: bool) -> SubgraphResponse:
        """The answer, whatever its status; redirections are not followed, cookies not kept.

        A request that `is_repeatable` is sent again when a kept connection turns out to be dead. Raises OSError when
        there is no connection, TimeoutError when opening one takes too long, AnswerInvalid for an answer that cannot
        be read, and ValueError for a URL or header that cannot be sent.
        """
        target = _read_target(url)
        request = _build_request(target.head, headers, body)
        while True:
            connection = self._take(target, is_repeatable=is_repeatable)
            is_kept = connection is not None
            if connection is None:
                connection = await self._connect(target)
            try:
                response = await connection.exchange(request)
            except ConnectionLost as error:
                if is_kept and is_repeatable and error.is_unanswered:
                    continue
                raise
            finally:
                self._give_back(target, connection)
            return response

    def close(self) -> None:
        """Close all connections; what is on its way ends with ConnectionLost."""
        for connection in tuple(self._open):
            connection.close()
        self._idle.clear()

    def _take(self, target: _Target, *, is_repeatable: bool) -> _Connection | None:
        idle = self._idle.get((target.host, target.port, target.is_secure))
        while idle:
            # The one used last: the others grow old and are closed.
            connection = idle.pop()
            if connection.is_usable:
                if is_repeatable or connection.idle_seconds < _SURELY_OPEN_SECONDS:
                    return connection
                idle.append(connection)
                return None
        return None

    def _give_back(self, target: _Target, connection: _Connection) -> None:
        if not connection.is_usable:
            # Cancelled half-way, lost, or the server wants no more requests on it.
            connection.close()
            return
        idle = self._idle.setdefault((target.host, target.port, target.is_secure), [])
        idle.append(connection)
        while idle[0].idle_seconds > self._idle_seconds:
            idle.pop(0).close()

    async def _connect(self, target: _Target) -> _Connection:
        loop = asyncio.get_running_loop()
        tls = None
        if target.is_secure:
            tls = self._tls = self._tls or ssl.create_default_context()
        async with asyncio.timeout(self._connect_seconds):
            _, connection = await loop.create_connection(
                lambda: _Connection(loop, self._maximum_bytes, self._open), target.host, target.port, ssl=tls
            )
        return connection


def _build_request(head: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if lines.count("\r") != len(headers) or lines.count("\n") != len(headers) or "\0" in lines:
        raise ValueError("A header holds a line break.")
    return f"{head}{lines}content-length: {len(body)}\r\n\r\n".encode("latin-1") + body


@dataclass(slots=True)
class _Answer:
    """An answer on its way."""

    done: asyncio.Future[SubgraphResponse]
    headers: dict[str, str] = field(default_factory=dict)
    cookies: list[str] = field(default_factory=list)
    head_size: int = 0
    status: int = 0
    parts: list[bytes] = field(default_factory=list)
    joined: bytearray = field(default_factory=bytearray)
    size: int = 0
    received: int = 0


class _Connection(asyncio.Protocol):
    """One connection: a request at a time, its answer read by llhttp, which calls the `on_` methods."""

    def __init__(self, loop: asyncio.AbstractEventLoop, maximum_bytes: int, registry: set[_Connection]) -> None:
        self._loop = loop
        self._maximum_bytes = maximum_bytes
        self._registry = registry
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: _Answer | None = None
        self._has_received = False
        self._is_fresh = True
        self._is_secure = False
        self._idle_since = loop.time()
        self.is_usable = False
        """Whether another request can be sent: open, and no answer outstanding."""

    @property
    def idle_seconds(self) -> float:
        return self._loop.time() - self._idle_since

    def close(self) -> None:
        self.is_usable = False
        if self._transport is None:
            return
        if self._answer is None:
            self._transport.close()
        else:
            # Whatever is still to be sent, nobody waits for its answer.
            self._transport.abort()

    async def exchange(self, request: bytes) -> SubgraphResponse:
        assert self._transport is not None
        self.is_usable = False
        self._has_received = False
        answer = self._answer = _Answer(self._loop.create_future())
        self._transport.write(request)
        return await answer.done

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._is_secure = transport.get_extra_info("sslcontext") is not None
        self._registry.add(self)
        self.is_usable = True

    def data_received(self, data: bytes) -> None:
        self._has_received = True
        self._is_fresh = False
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, AnswerInvalid) as error:
            cause = error.__context__ if isinstance(error.__context__, AnswerInvalid) else error
            self._fail(cause if isinstance(cause, AnswerInvalid) else AnswerInvalid("What came back is not HTTP."))
        answer = self._answer
        if answer is not None:
            answer.received += len(data)
            if answer.received > _MAXIMUM_HEAD + _MAXIMUM_FRAMING + (1 + _FRAMING_PER_BYTE) * answer.size:
                self._fail(AnswerInvalid("The head of the answer, or what frames its body, is too long."))

    def connection_lost(self, error: Exception | None) -> None:
        self._registry.discard(self)
        self.is_usable = False
        answer = self._answer
        if answer is None:
            return
        if (
            answer.status
            and error is None
            and answer.headers.keys().isdisjoint(("content-length", "transfer-encoding"))
        ):
            # A body without a length ends with the connection (RFC 9112 section 6.3).
            self._complete(answer)
        else:
            lost = ConnectionLost(
                is_unanswered=not self._has_received,
                may_lack_certificate=self._is_fresh and self._is_secure,
            )
            # With TLS 1.3 a server refuses the certificate of a client after the handshake.
            lost.__cause__ = error if isinstance(error, ssl.SSLError) else None
            self._fail(lost)

    # httptools

    def on_message_begin(self) -> None:
        if self._answer is None:
            # Nobody asked for it.
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        answer = self._answer
        if answer is None or answer.status:
            # Fields after the body are not those of the head (RFC 9110 section 6.5.1).
            return
        answer.head_size += len(name) + len(value)
        if answer.head_size > _MAXIMUM_HEAD:
            raise AnswerInvalid("The head of the answer is too long.")
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if key == "set-cookie":
            answer.cookies.append(text)
        answer.headers[key] = f"{answer.headers[key]}, {text}" if key in answer.headers else text

    def on_headers_complete(self) -> None:
        answer = self._answer
        if answer is None:
            return
        status = self._parser.get_status_code()
        if status < _FIRST_FINAL_STATUS:
            # An interim answer; the final one follows (RFC 9110 section 15.2).
            answer.headers.clear()
            return
        answer.status = status
        length = answer.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._maximum_bytes:
            raise AnswerTooLarge

    def on_body(self, part: bytes) -> None:
        answer = self._answer
        if answer is None:
            return
        answer.size += len(part)
        if answer.size > self._maximum_bytes:
            raise AnswerTooLarge
        answer.parts.append(part)
        if len(answer.parts) > _MAXIMUM_PARTS:
            answer.joined += b"".join(answer.parts)
            answer.parts.clear()

    def on_message_complete(self) -> None:
        answer = self._answer
        if answer is not None and answer.status:
            self._idle_since = self._loop.time()
            self.is_usable = self._parser.should_keep_alive()
            self._complete(answer)

    def _complete(self, answer: _Answer) -> None:
        self._answer = None
        if not answer.done.done():
            parts = answer.parts
            body = parts[0] if len(parts) == 1 and not answer.joined else b"".join((answer.joined, *parts))
            answer.done.set_result(SubgraphResponse(answer.status, answer.headers, body, tuple(answer.cookies)))

    def _fail(self, error: Exception) -> None:
        answer, self._answer = self._answer, None
        self.close()
        if answer is not None and not answer.done.done():
            answer.done.set_exception(error)
