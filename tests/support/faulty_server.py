"""A real HTTP server that can be told to fail in every way that servers do."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from entrepot.router.execution import AsgiTransport, SubgraphRequest
from entrepot.router.execution.transports.asgi import AsgiApp

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_JSON = b"content-type: application/json\r\n"


@dataclass
class Call:
    """One request that came in, and the connection to answer on."""

    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


Behaviour = Callable[[Call], Awaitable[None]]


@dataclass
class FaultyServer:
    """Answers as `behaviour` says, which may be changed at any time."""

    behaviour: Behaviour
    calls: int = 0
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                self.calls += 1
                await self.behaviour(Call(body, reader, writer))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open.discard(writer)
            writer.close()


@asynccontextmanager
async def serve_faults(behaviour: Behaviour) -> AsyncIterator[FaultyServer]:
    faulty = FaultyServer(behaviour)
    server = await asyncio.start_server(faulty.serve, "127.0.0.1", 0)
    faulty.port = server.sockets[0].getsockname()[1]
    try:
        yield faulty
    finally:
        server.close()
        for writer in tuple(faulty.open):
            writer.transport.abort()
        await server.wait_closed()


def build_healthy(app: AsgiApp) -> Behaviour:
    """Answers as the ASGI app does."""
    transport = AsgiTransport({"it": app})

    async def answer(call: Call) -> None:
        response = await transport.send(SubgraphRequest("it", "http://it.test", call.body))
        head = f"HTTP/1.1 {response.status} OK\r\ncontent-length: {len(response.body)}\r\n".encode()
        call.writer.write(head + _JSON + b"\r\n" + response.body)

    return answer


async def hang(call: Call) -> None:
    """Says nothing until the client is gone."""
    await call.reader.read()


async def reset(call: Call) -> None:
    """Ends the connection the hard way."""
    sock: socket.socket = call.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    call.writer.transport.abort()


async def close(call: Call) -> None:
    """Ends the connection without a word."""
    call.writer.close()


def say(text: bytes, *, closes: bool = False) -> Behaviour:
    """Writes exactly that."""

    async def write(call: Call) -> None:
        call.writer.write(text)
        if closes:
            await call.writer.drain()
            call.writer.close()

    return write


async def drip(call: Call) -> None:
    """A body that comes a byte at a time and never ends."""
    call.writer.write(b"HTTP/1.1 200 OK\r\n" + _JSON + b"transfer-encoding: chunked\r\n\r\n")
    while not call.writer.is_closing():
        call.writer.write(b"1\r\n \r\n")
        await call.writer.drain()
        await asyncio.sleep(0.01)


async def never_end_headers(call: Call) -> None:
    call.writer.write(b"HTTP/1.1 200 OK\r\n" + _JSON)
    while not call.writer.is_closing():
        call.writer.write(b"x-more: " + b"a" * 1000 + b"\r\n")
        await call.writer.drain()


def say_status(status: int, body: bytes = b"<p>secret</p>", content_type: bytes = b"text/html") -> Behaviour:
    head = b"HTTP/1.1 %d Said\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n" % (status, content_type, len(body))
    return say(head + body)


def say_json(body: bytes, length: int | None = None, *, closes: bool = False) -> Behaviour:
    """An answer whose `Content-Length` may be a lie."""
    size = len(body) if length is None else length
    return say(b"HTTP/1.1 200 OK\r\n" + _JSON + b"content-length: %d\r\n\r\n" % size + body, closes=closes)
