"""HTTP connections of the server: uvicorn's protocol, with its input bounded before it is stored."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import httptools
import orjson
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from entrepot.router.app.connections.deadlines import NEVER, NOT_SET, WriteDeadline
from entrepot.router.app.connections.hosts import check_host
from entrepot.router.app.connections.listening import ListeningConfig
from entrepot.router.app.connections.upgrade import is_websocket, read_handshake, write_head_without_upgrade
from entrepot.router.app.connections.websocket import WebSocketConnection
from entrepot.router.errors import (
    BadRequest,
    ClientError,
    HeadersTooLarge,
    MethodNotAllowed,
    RequestIncomplete,
    TooManyConnections,
    UrlTooLong,
)

# Where in a request the input is.
_BETWEEN: Final = 0
_HEAD: Final = 1
_BODY: Final = 2
# The path of a URL, besides its query string; white space, line ends and chunk sizes, besides header fields.
_MAX_PATH_BYTES: Final = 8 * 1024
_FRAMING_BYTES: Final = 64 * 1024
# How long a client may read why it was refused, before the connection is reset.
_REFUSAL_SECONDS: Final = 1.0


class HttpConnection(HttpToolsProtocol):
    """One connection, which refuses a head as soon as it is too large, and ends when its client is too slow.

    An `Upgrade` to anything but WebSocket is ignored, so that the request is answered as HTTP/1.1 (RFC 9110 7.8).
    """

    def __init__(
        self,
        config: ListeningConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.config: ListeningConfig = config
        self._registry = config.registry
        self._network: str | None = None
        self._phase = _BETWEEN
        self._is_refused = False
        self._upgrades = False
        self._received_bytes = 0
        self._hosts = 0
        self._unbounded_bytes = -1
        self._surplus_bytes = 0

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        config = self._registry.config
        limits, timeouts = config.limits, config.timeouts
        self._max_head = limits.max_header_bytes
        self._max_fields = limits.max_header_fields
        self._max_url = limits.max_query_string_bytes + _MAX_PATH_BYTES
        self._max_unbounded = self._max_head + self._max_url + _FRAMING_BYTES
        self._max_surplus = limits.max_body_bytes
        self._seconds = (float(self.timeout_keep_alive), timeouts.client_head, timeouts.client_body)
        self._allowed_hosts = frozenset(config.server.allowed_hosts)
        self._writing = WriteDeadline(transport, timeouts.client_write)
        self._deadline = self.loop.time() + timeouts.client_head
        self._network = self._registry.admit(self._address)
        if self._network is None:
            self._respond(TooManyConnections("Too many connections are open. Close some, or try again later."))
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._network is not None:
            self._registry.release(self._network)
            self._network = None
        super().connection_lost(exc)

    def data_received(self, data: bytes | memoryview) -> None:
        if self._is_refused:
            self.flow.pause_reading()
            return
        self._received_bytes = len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(memoryview(data)[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            self._refuse_invalid(error)
        if self._phase is not _BETWEEN:
            self._measure()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._writing.start(self.loop.time())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._writing.cancel()

    # httptools

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._phase = _HEAD
        self._hosts = 0
        self._unbounded_bytes = -1
        self._deadline = NOT_SET

    def on_url(self, url: bytes) -> None:
        self.url += url
        if len(self.url) > self._max_url:
            raise UrlTooLong(f"The URL is longer than {self._max_url} bytes. Use POST.")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._phase is not _HEAD:
            # Fields after the body are not those of the head (RFC 9110 section 6.5.1).
            return
        name = name.lower()
        if name == b"host":
            self._hosts += 1
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if (
            self._hosts != 1
            or self._received_bytes > self._max_head
            or self._unbounded_bytes >= 0
            or len(self.headers) > self._max_fields
            or self._allowed_hosts
        ):
            self._check_head()
        super().on_headers_complete()
        self._phase = _BODY
        # A request in the pipeline is read on when its turn comes.
        self._deadline = NEVER if self.pipeline else NOT_SET

    def on_body(self, body: bytes) -> None:
        self._unbounded_bytes = -1
        cycle = self.cycle
        if cycle.response_complete:
            self._surplus_bytes += len(body)
            if self._surplus_bytes > self._max_surplus:
                self.transport.abort()
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        self._phase = _BETWEEN
        self._deadline = NEVER
        if self._upgrades:
            return
        cycle = self.cycle
        if cycle.response_complete:
            self._await_request()
            return
        cycle.more_body = False
        cycle.message_event.set()

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            if cycle.more_body:
                self._deadline = NOT_SET
            self._start_asgi_task(cycle, app)
        elif self._phase is _BETWEEN:
            self._await_request()

    def _await_request(self) -> None:
        self._surplus_bytes = 0
        self._deadline = NOT_SET

    def _should_upgrade(self) -> bool:
        """Called by uvicorn for a head with an upgrade: what becomes of it is decided after the head."""
        self._upgrades = True
        return True

    # Time limits

    def check_deadlines(self, now: float) -> None:
        """End the connection if its client reads or sends too slowly."""
        if self.transport.is_closing():
            self._writing.start(now)
        if self._writing.is_over(now):
            self.transport.abort()
        elif self._deadline is NOT_SET:
            # Not set where it begins, since most requests are over before this looks at them.
            self._deadline = now + self._seconds[self._phase]
        elif now >= self._deadline and not self.transport.is_closing():
            self._expire()

    def _expire(self) -> None:
        self._deadline = NEVER
        if self._is_refused or self.flow.write_paused:
            self.transport.abort()
        elif self._phase is _BETWEEN:
            self.transport.close()
        else:
            part = "head" if self._phase is _HEAD else "body"
            self._refuse(RequestIncomplete(f"The {part} of the request did not arrive in time. Send it faster."))

    # Refusals

    def _check_head(self) -> None:
        size = sum([len(name) + len(value) for name, value in self.headers])
        if size > self._max_head or len(self.headers) > self._max_fields:
            raise self._too_large()
        if self._hosts != 1 or self._allowed_hosts:
            check_host(self.parser.get_http_version(), self.headers, self._allowed_hosts)

    def _measure(self) -> None:
        """Bound what the parser keeps to itself: half a field, half a chunk size, trailers."""
        # The first piece also holds what was before it.
        self._unbounded_bytes = 0 if self._unbounded_bytes < 0 else self._unbounded_bytes + self._received_bytes
        if self._unbounded_bytes > self._max_unbounded or len(self.headers) > self._max_fields:
            self._refuse(self._too_large())

    def _too_large(self) -> HeadersTooLarge:
        return HeadersTooLarge(
            f"The header fields have more than the {self._max_head} bytes, or are more than the {self._max_fields}, "
            "that are accepted."
        )

    def _refuse_invalid(self, error: httptools.HttpParserError) -> None:
        cause = error.__context__
        self._refuse(cause if isinstance(cause, ClientError) else BadRequest("What was sent is not HTTP/1.1."))

    def _refuse(self, error: ClientError) -> None:
        """Answer with an error and stop reading; the connection ends soon after."""
        is_mine = self._phase is _BODY and not self._upgrades
        self._is_refused, self._phase, self.headers = True, _BETWEEN, []
        self._registry.note_refusal(error, self._address)
        self.flow.pause_reading()
        cycle = self._cycle
        if cycle is not None and not cycle.response_complete:
            if not is_mine or cycle.response_started or self.pipeline:
                # A response is under way, in which nothing else may be written; the connection ends with it.
                cycle.keep_alive = False
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self._respond(error)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._deadline = self.loop.time() + _REFUSAL_SECONDS

    def _respond(self, error: ClientError) -> None:
        body = orjson.dumps({"errors": error.to_errors()})
        allow = b"allow: GET, POST\r\n" if isinstance(error, MethodNotAllowed) else b""
        self.transport.write(
            b"%bcontent-type: application/json; charset=utf-8\r\ncontent-length: %d\r\n%bconnection: close\r\n\r\n%b"
            % (STATUS_LINE[error.status], len(body), allow, body)
        )

    # Upgrades

    def _upgrade(self, rest: memoryview) -> None:
        """Open a WebSocket, or answer the request, and those after it, without the upgrade."""
        while True:
            self._upgrades = False
            method = self.parser.get_method()
            if method == b"CONNECT":
                self._refuse(MethodNotAllowed("This is no proxy. Send GraphQL requests by POST, or queries by GET."))
                return
            if is_websocket(self.headers, self.parser.get_http_version()):
                self._open_websocket(method, rest)
                return
            head = write_head_without_upgrade(method, self.url, self.parser.get_http_version(), self.headers)
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            try:
                self.parser.feed_data(head)
                self.parser.feed_data(rest)
            except httptools.HttpParserUpgrade as upgrade:
                rest = rest[upgrade.args[0] :]
                continue
            except httptools.HttpParserError as error:
                self._refuse_invalid(error)
            return

    def _open_websocket(self, method: bytes, rest: memoryview) -> None:
        try:
            handshake = read_handshake(method, self.url, self.headers)
            if len(rest) or not (self._cycle is None or self._cycle.response_complete):
                raise BadRequest("Open a WebSocket after all answers have come, and wait for the answer to it.")
        except ClientError as error:
            self._refuse(error)
            return
        self.connections.discard(self)
        network, self._network = self._network, None
        assert network is not None
        connection = WebSocketConnection(self.config, self.server_state, self.app_state)
        connection.open(self.transport, handshake, network)

    @property
    def _cycle(self) -> RequestResponseCycle | None:
        """The last request that was read; uvicorn leaves out that there may be none."""
        return self.cycle

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""
