"""WebSocket connections of the server: uvicorn's protocol, which stops to read while its client does not."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request

from entrepot.router.app.connections.deadlines import NEVER, WriteDeadline
from entrepot.router.app.connections.listening import ListeningConfig

# Stands in for the head, which was read and bounded by the HTTP connection.
_ANY_HEAD: Final = b"GET / HTTP/1.1\r\n\r\n"
# How long a client may take to answer a close frame.
_CLOSE_SECONDS: Final = 5.0


class WebSocketConnection(WebSocketsSansIOProtocol):
    """One connection, opened by the head that an HTTP connection has read.

    While the client does not read, nothing is read from it, since pongs would pile up; when it must be closed in that
    state, it is reset.
    """

    def __init__(
        self,
        config: ListeningConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._registry = config.registry
        self._network: str | None = None
        self._deadline = NEVER
        self._frames = 0

    def open(self, transport: asyncio.Transport, handshake: Request, network: str) -> None:
        """Take over the connection from HTTP, and answer the handshake."""
        config = self._registry.config
        self._network = network
        self._max_frames = config.limits.max_websocket_frames
        self._writing = WriteDeadline(transport, config.timeouts.client_write)
        self.connection_made(transport)
        transport.set_protocol(self)
        self.conn.receive_data(_ANY_HEAD)
        self.conn.events_received()
        self.handle_connect(handshake)

    # asyncio.Protocol

    def connection_lost(self, exc: Exception | None) -> None:
        if self._network is not None:
            self._registry.release(self._network)
            self._network = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self.writable.is_set():
            # Read on by what does not know that the client does not read.
            self.transport.pause_reading()
        super().data_received(data)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.transport.pause_reading()
        self._writing.start(self.loop.time())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._writing.cancel()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    # Frames

    def handle_text(self, event: Frame) -> None:
        self._frames = 1
        super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        self._frames = 1
        super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        if self.close_sent:
            return
        self._frames += 1
        if self._frames > self._max_frames:
            self._fail(CloseCode.MESSAGE_TOO_BIG, f"Send a message in at most {self._max_frames} frames.")
            return
        super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self._fail(CloseCode.INVALID_DATA, "Text must be UTF-8.")
                return
        super().send_receive_event_to_app()

    def _fail(self, code: int, reason: str) -> None:
        self.frames = []
        self.conn.fail(code, reason)
        self.handle_parser_exception()

    # ASGI

    async def receive(self) -> Any:
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            if self.writable.is_set():
                self.transport.resume_reading()
        return message

    async def send(self, message: Any) -> None:
        if message["type"] == "websocket.close" and not self.writable.is_set():
            # It reads nothing, so it would never read why.
            self.transport.abort()
            raise ClientDisconnected
        await super().send(message)

    # Time limits

    def check_deadlines(self, now: float) -> None:
        """End the connection if its client does not read, or does not answer a close frame, in time."""
        if self.transport.is_closing():
            self._writing.start(now)
        if self.close_sent and self._deadline is NEVER:
            self._deadline = now + _CLOSE_SECONDS
        if now >= self._deadline or self._writing.is_over(now):
            self.transport.abort()
