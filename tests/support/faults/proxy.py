"""The network between subgraphs and their databases, as a proxy that can cut the one or the other off."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

PROXY_HOST: Final = "127.0.0.2"
"""Loopback addresses are many: what is sent here is not what the server itself listens on."""
_SERVER_HOST: Final = "127.0.0.1"
_CHUNK: Final = 65_536
_LOOK: Final = 0.2
_SSL_REQUEST: Final = 80877103


class DatabaseProxy:
    """Passes connections on to PostgreSQL. Who belongs to a subgraph that is cut off hears nothing any more."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cut: set[str] = set()

    def cut(self, role: str) -> None:
        """Drop whatever is sent from or to the connections of the role, old and new, without a word."""
        self._cut.add(role)

    def mend(self, role: str) -> None:
        """Let new connections through; those that were cut stay dead."""
        self._cut.discard(role)

    async def serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._accept, PROXY_HOST, self._port)
        ready.set()
        async with server:
            await server.serve_forever()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            first = await self._read_startup(reader, writer)
            role = _role_of(first)
            server_reader, server_writer = await asyncio.open_connection(_SERVER_HOST, self._port)
            ends.append(server_writer)
            server_writer.write(first)
            passing = [
                asyncio.create_task(self._pass(role, reader, server_writer)),
                asyncio.create_task(self._pass(role, server_reader, writer)),
            ]
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
            # That one end is gone is something that the other is not told, either.
            while role in self._cut:
                await asyncio.sleep(_LOOK)
            for task in passing:
                task.cancel()
            await asyncio.gather(*passing, return_exceptions=True)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for end in ends:
                end.close()

    async def _read_startup(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """The first packet, which names the role (PostgreSQL's protocol, "StartupMessage")."""
        while True:
            length = await reader.readexactly(4)
            body = await reader.readexactly(int.from_bytes(length) - 4)
            if int.from_bytes(body[:4]) != _SSL_REQUEST:
                return length + body
            writer.write(b"N")

    async def _pass(self, role: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_dead = False
        while chunk := await reader.read(_CHUNK):
            is_dead = is_dead or role in self._cut
            if not is_dead:
                writer.write(chunk)
                await writer.drain()


def _role_of(startup: bytes) -> str:
    """Nobody's when it is a request to cancel a statement, which names a process."""
    words = startup[8:].split(b"\0")
    return words[words.index(b"user") + 1].decode() if b"user" in words else ""


@contextmanager
def open_proxy(port: int) -> Iterator[DatabaseProxy]:
    """A proxy to PostgreSQL at the port, which may start later, in a thread of its own."""
    proxy, ready, told = DatabaseProxy(port), threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        serving = asyncio.create_task(proxy.serve(ready))
        await told.wait()
        serving.cancel()

    # Whatever is still open then is cancelled with the loop.
    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield proxy
    finally:
        loops[0].call_soon_threadsafe(told.set)
        thread.join()
