"""Clients that write bytes of their own to a router's server, and the server as `entrepot router` builds it."""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from entrepot.router.app import RouterApp
from entrepot.router.app.listening import listen, port_of
from entrepot.router.app.serve import OrderlyServer, build_server

QUERY = b'{"query":"{__typename}"}'
POST = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
WHOLE = POST + b"Content-Length: %d\r\n\r\n" % len(QUERY) + QUERY
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
_PATIENCE = 10.0
_CHUNK = 65536


@dataclass
class ServedRouter:
    server: OrderlyServer
    port: int
    clients: list[RawClient] = field(default_factory=list)

    async def connect(self) -> RawClient:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 26)
        self.clients.append(RawClient(reader, writer))
        return self.clients[-1]

    async def exchange(self, *pieces: bytes) -> bytes:
        """All that comes back until the server ends the connection."""
        client = await self.connect()
        try:
            for piece in pieces:
                client.writer.write(piece)
                await asyncio.sleep(0.02 if len(pieces) > 1 else 0)
            return await client.read_to_end()
        finally:
            client.abort()

    @property
    def connections(self) -> list[Any]:
        return list(self.server.server_state.connections)

    async def wait_until_empty(self) -> None:
        async with asyncio.timeout(_PATIENCE):
            while self.server.server_state.connections:
                await asyncio.sleep(0.02)


@dataclass
class RawClient:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def read_to_end(self) -> bytes:
        received = b""
        try:
            async with asyncio.timeout(_PATIENCE):
                while piece := await self.reader.read(_CHUNK):
                    received += piece
        except ConnectionError:
            pass
        return received

    async def read_head(self) -> bytes:
        async with asyncio.timeout(_PATIENCE):
            return await self.reader.readuntil(b"\r\n\r\n")

    async def read_response(self) -> bytes:
        """One response with a length."""
        head = await self.read_head()
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        async with asyncio.timeout(_PATIENCE):
            return head + await self.reader.readexactly(int(length.partition(b":")[2]))

    async def read_frame(self) -> tuple[int, bytes]:
        """The opcode and the content of a frame."""
        async with asyncio.timeout(_PATIENCE):
            head = await self.reader.readexactly(2)
            length = head[1] & 127
            if length == 126:
                length = struct.unpack("!H", await self.reader.readexactly(2))[0]
            elif length == 127:
                length = struct.unpack("!Q", await self.reader.readexactly(8))[0]
            return head[0] & 15, await self.reader.readexactly(length)

    async def flood(self, piece: bytes, maximum: int) -> int:
        """Send the piece again and again; the bytes that were taken before the server stopped to read or the end."""
        sent = 0
        try:
            while sent < maximum:
                self.writer.write(piece)
                await asyncio.wait_for(self.writer.drain(), 0.5)
                sent += len(piece)
        except (ConnectionError, TimeoutError):
            pass
        return sent

    def abort(self) -> None:
        self.writer.transport.abort()


@asynccontextmanager
async def serve_router(app: RouterApp) -> AsyncIterator[ServedRouter]:
    config = app.config
    listeners = listen("127.0.0.1", 0, "choose another port")
    server = build_server(
        app,
        grace=0.2,
        listens_to_signals=False,
        read_config=lambda: app.config,
        note_refusal=app.security.note,
        ws_max_size=config.limits.max_websocket_message_bytes,
        timeout_keep_alive=config.server.keep_alive,
        access_log=False,
        proxy_headers=False,
    )
    serving = asyncio.create_task(server.serve(list(listeners)))
    served = ServedRouter(server, port_of(listeners[0]))
    try:
        await server.opened.wait()
        yield served
    finally:
        for client in served.clients:
            client.abort()
        server.stop()
        await serving


def write_handshake(
    extra: bytes = b"", *, target: bytes = b"/graphql", method: bytes = b"GET", version: bytes = b"1.1"
) -> bytes:
    key = base64.b64encode(b"0123456789abcdef")
    return (
        b"%b %b HTTP/%b\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: %b\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n%b\r\n"
        % (method, target, version, key, extra)
    )


def write_frame(opcode: int, data: bytes = b"", *, is_final: bool = True) -> bytes:
    """A frame of a client, masked by zeros."""
    length = len(data)
    first = bytes([(0x80 if is_final else 0) | opcode])
    if length < 126:
        size = bytes([0x80 | length])
    elif length < 65536:
        size = bytes([0x80 | 126]) + struct.pack("!H", length)
    else:
        size = bytes([0x80 | 127]) + struct.pack("!Q", length)
    return first + size + b"\0\0\0\0" + data
