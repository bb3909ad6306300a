"""What only the way over HTTP has to keep."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest

from router.errors import SubgraphUnavailable
from router.execution import HttpTransport, SubgraphRequest, build_session

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"data":{}}'
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def read_request(reader: asyncio.StreamReader) -> bool:
    """Read one request with a body of two bytes; False at the end of the connection."""
    try:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(2)
    except asyncio.IncompleteReadError:
        return False
    return True


@asynccontextmanager
async def serve(handle: Handler) -> AsyncIterator[tuple[HttpTransport, str]]:
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, build_session(connect_seconds=5) as session:
        yield HttpTransport(session=session), f"http://127.0.0.1:{port}/graphql"


@pytest.mark.parametrize("is_mutation", [False, True])
async def test_a_kept_connection_that_died_is_replaced_for_reads_only(*, is_mutation: bool) -> None:
    connections: list[int] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        number = len(connections) - 1
        while await read_request(reader):
            connections[number] += 1
            if number == 0 and connections[0] == 2:
                break
            writer.write(OK)
            await writer.drain()
        writer.close()

    async with serve(handle) as (transport, url):
        request = SubgraphRequest("shop", url, b"{}", {}, is_mutation)
        assert (await transport.send(request)).status == 200
        if is_mutation:
            with pytest.raises(SubgraphUnavailable):
                await transport.send(request)
            assert connections == [2]
        else:
            assert (await transport.send(request)).status == 200
            assert connections == [2, 1]


async def test_connections_are_kept() -> None:
    connections = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await read_request(reader):
            writer.write(OK)
            await writer.drain()
        writer.close()

    async with serve(handle) as (transport, url):
        for _ in range(5):
            await transport.send(SubgraphRequest("shop", url, b"{}"))
    assert connections == 1


async def test_redirections_are_not_followed_and_cookies_not_kept() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 307 Elsewhere\r\nLocation: /other\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with serve(handle) as (transport, url):
        response = await transport.send(SubgraphRequest("shop", url, b"{}"))
        assert response.status == 307
        assert isinstance(transport.session.cookie_jar, aiohttp.DummyCookieJar)
        assert len(transport.session.cookie_jar) == 0


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "not a url", "http://[::1"])
async def test_an_address_that_leads_nowhere_is_unavailable(url: str) -> None:
    async with build_session(connect_seconds=5) as session:
        with pytest.raises(SubgraphUnavailable, match="could not be reached"):
            await HttpTransport(session=session).send(SubgraphRequest("shop", url, b"{}"))
