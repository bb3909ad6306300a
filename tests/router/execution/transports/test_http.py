"""What only the way over HTTP has to keep."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution import HttpTransport, SubgraphRequest

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
    async with asyncio.TaskGroup() as connections:

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.create_task(answer(reader, writer))

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await handle(reader, writer)
            writer.close()

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, HttpTransport(maximum_bytes=1000) as transport:
            yield transport, f"http://127.0.0.1:{port}/graphql"


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

    async with serve(handle) as (transport, url):
        for _ in range(5):
            await transport.send(SubgraphRequest("shop", url, b"{}"))
    assert connections == 1


async def test_redirections_are_not_followed_and_cookies_not_kept() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 307 Elsewhere\r\nLocation: /other\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with serve(handle) as (transport, url):
        response = await transport.send(SubgraphRequest("shop", url, b"{}"))
        assert response.status == 307
        assert response.cookies == ("a=b",)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "not a url", "http://[::1"])
async def test_an_address_that_leads_nowhere_is_unavailable(url: str) -> None:
    async with HttpTransport() as transport:
        with pytest.raises(SubgraphUnavailable, match="could not be reached"):
            await transport.send(SubgraphRequest("shop", url, b"{}"))


def answering(*parts: bytes) -> Handler:
    """A server that reads a request, writes the parts one by one, and closes the connection."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.001)

    return handle


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "parts",
    [
        (OK,),
        tuple(OK[index : index + 1] for index in range(len(OK))),
        (HEAD + b'Transfer-Encoding: chunked\r\n\r\n4\r\n{"da\r\n', b'7\r\nta":{}}\r\n0\r\n\r\n'),
        (HEAD + b"\r\n", b'{"data":{}}'),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", OK),
    ],
    ids=["at once", "byte by byte", "in chunks", "until the end", "after an interim answer"],
)
async def test_a_body_is_whole_however_it_is_framed(parts: tuple[bytes, ...]) -> None:
    async with serve(answering(*parts)) as (transport, url):
        response = await transport.send(SubgraphRequest("shop", url, b"{}"))
    assert (response.status, response.body) == (200, b'{"data":{}}')
    assert response.headers["content-type"] == "application/json"
    assert "link" not in response.headers


@pytest.mark.parametrize(
    "parts",
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n",),
        (HEAD + b'Content-Length: 11\r\n\r\n{"da',),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n{}  \r\n",),
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\n",),
        (),
    ],
    ids=["another protocol", "half a body", "half the chunks", "an endless head", "nothing"],
)
async def test_what_is_no_whole_answer_is_unavailable(parts: tuple[bytes, ...]) -> None:
    async with serve(answering(*parts)) as (transport, url):
        with pytest.raises(SubgraphUnavailable, match="could not be reached"):
            await transport.send(SubgraphRequest("shop", url, b"{}"))


async def test_an_answer_that_goes_on_in_another_protocol_is_no_fault_of_the_loop() -> None:
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\nhello"
    async with serve(answering(upgrade)) as (transport, url):
        with pytest.raises(SubgraphUnavailable, match="could not be reached"):
            await transport.send(SubgraphRequest("shop", url, b"{}"))
    assert faults == []


@pytest.mark.parametrize(
    "parts",
    [
        (HEAD + b"Content-Length: 1001\r\n\r\n",),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"200\r\n" + b"a" * 512 + b"\r\n", b"200\r\n" + b"a" * 512),
    ],
    ids=["declared", "found"],
)
async def test_a_body_that_is_too_long_is_not_read(parts: tuple[bytes, ...]) -> None:
    async with serve(answering(*parts)) as (transport, url):
        with pytest.raises(SubgraphUnavailable, match="more than 1000 bytes"):
            await transport.send(SubgraphRequest("shop", url, b"{}"))


async def test_a_caller_that_leaves_takes_the_connection_along() -> None:
    ended = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        with suppress(ConnectionError):
            await reader.read()
        ended.set()

    async with serve(handle) as (transport, url):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(transport.send(SubgraphRequest("shop", url, b"{}")), 0.05)
        await asyncio.wait_for(ended.wait(), 5)


async def test_a_server_that_closes_after_each_answer_is_asked_anew() -> None:
    async with serve(answering(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))) as (transport, url):
        for _ in range(3):
            assert (await transport.send(SubgraphRequest("shop", url, b"{}"))).status == 200


@pytest.mark.parametrize("value", ["a\r\nx-forged: b", "a\nb", "\0", "\u4e2d"])
async def test_a_header_that_would_end_early_is_not_sent(value: str) -> None:
    async with serve(answering(OK)) as (transport, url):
        with pytest.raises(SubgraphUnavailable):
            await transport.send(SubgraphRequest("shop", url, b"{}", {"x-name": value}))
        assert (await transport.send(SubgraphRequest("shop", url, b"{}", {"x-name": "\xe9"}))).status == 200


async def test_many_at_once_keep_their_answers_apart() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(2)
                name = head.partition(b"x-name: ")[2].partition(b"\r\n")[0]
                await asyncio.sleep(int(name) % 3 / 1000)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(name), name))

    async def ask(transport: HttpTransport, url: str, number: int) -> None:
        response = await transport.send(SubgraphRequest("shop", url, b"{}", {"x-name": str(number)}))
        assert response.body == str(number).encode()

    async with serve(handle) as (transport, url):
        for _ in range(3):
            await asyncio.gather(*(ask(transport, url, number) for number in range(50)))
