"""F9: what a hostile subgraph sends costs no more than its bytes, and no more of it is stored than may be."""

import asyncio
import json
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import pytest

from entrepot.router.config import RouterConfig, SubgraphErrorRule, SubgraphErrorsConfig
from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution import HttpTransport, SubgraphRequest, SubgraphResponse
from entrepot.router.execution.transports.event_stream import EventParser, read_events
from entrepot.router.traffic.encodings import unpack_response
from tests.support.asgi_client import Answer, AsgiClient
from tests.support.faulty_server import Call, serve_faults
from tests.support.scripted_transport import ScriptedTransport

BuildClient = Callable[..., AsgiClient]
PIECE = 65536


def count_calls(work: Callable[[], Any]) -> int:
    """How many functions are called by the work, those in C included."""
    calls = 0

    def note(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


async def stream(piece: bytes, maximum_bytes: int, before: bytes = b"") -> tuple[int, list[bytes]]:
    """The bytes that were taken of an event stream without end, and its events."""
    taken = 0

    async def send() -> AsyncIterator[bytes]:
        nonlocal taken
        yield before
        while taken < 50 * maximum_bytes:
            taken += len(piece)
            yield piece

    found: list[bytes] = []
    events = read_events("evil", 200, {"content-type": "text/event-stream"}, send(), maximum_bytes)

    async def collect() -> None:
        async for event in events:
            found.append(event)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(SubgraphUnavailable, match="sent an event of more than"):
        await collect()
    return taken, found


class TestEventStreams:
    @pytest.mark.parametrize(
        "piece",
        [
            b"data:\n" * 10_000,
            b"data\r\n" * 10_000,
            b"data: x\r" * 10_000,
            b":\n" * 10_000,
            b"id: 7\n" * 10_000,
            b"event: next\n" * 10_000,
            b"retry\n" * 10_000,
            b"x" * PIECE,
            b"data: " + b"x" * PIECE,
        ],
    )
    async def test_one_event_is_bounded_by_what_comes(self, piece: bytes) -> None:
        taken, found = await stream(piece, 500_000, b"data: 1\n\n")
        assert taken <= 500_000 + 2 * len(piece)
        assert found == [b"1"]

    @pytest.mark.parametrize("piece", [b"data:\n" * 1_000, b"x" * 6_000, b":\n" * 3_000, b"\n" * 6_000])
    def test_the_work_grows_with_the_bytes(self, piece: bytes) -> None:
        def feed(parser: EventParser, pieces: int) -> int:
            return count_calls(lambda: [list(parser.feed(piece)) for _ in range(pieces)])

        parser = EventParser()
        first = feed(parser, 10)
        feed(parser, 200)
        assert feed(parser, 10) <= first * 1.05 + 20

    def test_a_long_line_is_copied_once(self) -> None:
        parser = EventParser()
        for _ in range(50):
            list(parser.feed(b"x" * PIECE))
        rest = parser._rest
        list(parser.feed(b"y"))
        assert parser._rest is rest
        assert parser.pending_bytes == 50 * PIECE + 1

    def test_events_are_read_as_before(self) -> None:
        text = b"event: next\r\ndata: a\r\ndata\r\ndata:b\r\n\r\n:x\n\ndata: c\r\rdata:d\n\n"
        for size in range(1, len(text)):
            parser = EventParser()
            found = [event for at in range(0, len(text), size) for event in parser.feed(text[at : at + size])]
            assert found == [(b"next", b"a\n\nb"), (b"", b"c"), (b"", b"d")]
            assert parser.pending_bytes == 0


def forever(piece: bytes) -> Iterable[bytes]:
    while True:
        yield piece


class TestAnswers:
    @pytest.mark.parametrize(
        ("begin", "piece"),
        [
            (b"HTTP/1.1 200 OK\r\nX: ", b"y" * PIECE),
            (b"HTTP/1.1 200 ", b"y" * PIECE),
            (b"HTTP/1.1 200 OK\r\n", b"a:\r\n" * 10_000),
            (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000),
            (b"", b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" * 1_000),
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;", b"y" * PIECE),
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nX: ", b"y" * PIECE),
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n" * 10_000),
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"10000\r\n" + b"y" * PIECE + b"\r\n"),
        ],
    )
    async def test_without_an_end(self, begin: bytes, piece: bytes) -> None:
        sent = 0

        async def answer(call: Call) -> None:
            nonlocal sent
            call.writer.write(begin)
            for part in forever(piece):
                call.writer.write(part)
                await call.writer.drain()
                sent += len(part)

        async with serve_faults(answer) as server, HttpTransport(maximum_bytes=200_000) as transport:
            with pytest.raises(SubgraphUnavailable):
                async with asyncio.timeout(10):
                    await transport.send(SubgraphRequest("evil", server.url, b"{}"))
        assert sent < 16_000_000

    async def test_in_very_small_parts_it_is_the_same(self) -> None:
        body = b'{"data":{"a":"%b"}}' % (b"xy" * 5_000)
        chunks = b"".join(b"2\r\n%b\r\n" % body[at : at + 2] for at in range(0, len(body) - 1, 2))
        chunks += b"%x\r\n%b\r\n" % (len(body) % 2, body[-1:]) if len(body) % 2 else b""

        async def answer(call: Call) -> None:
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
            call.writer.write(head + chunks + b"0\r\ncontent-type: text/html\r\nset-cookie: a=b\r\n\r\n")

        async with serve_faults(answer) as server, HttpTransport() as transport:
            response = await transport.send(SubgraphRequest("shop", server.url, b"{}"))
        assert (response.body, response.headers["content-type"]) == (body, "application/json")
        # Fields after the body are none of the head.
        assert response.cookies == ()

    def test_is_not_unpacked_again_and_again(self) -> None:
        body = b"{}"
        for _ in range(3):
            body = zlib.compress(body)
        twice = SubgraphResponse(200, {"content-encoding": "deflate, deflate"}, zlib.compress(zlib.compress(b"{}")))
        assert unpack_response("shop", twice, 1000).body == b"{}"
        often = SubgraphResponse(200, {"content-encoding": "deflate, deflate, deflate"}, body)
        with pytest.raises(SubgraphUnavailable, match="compression"):
            unpack_response("evil", often, 1000)


def answer_always(content: Any, *replaced: tuple[bytes, bytes]) -> ScriptedTransport:
    """Answers everything with the same text, a part of which may be `replaced`."""
    body = json.dumps(content).encode()
    for old, new in replaced:
        body = body.replace(old, new)
    return ScriptedTransport(SubgraphResponse(200, {"content-type": "application/json"}, body))


CODE = {"code": "OUT_OF_STOCK"}


class TestErrors:
    async def ask(self, build_client: BuildClient, errors: list[Any], data: Any = None, **config: Any) -> Answer:
        client = build_client(RouterConfig(**config), transport=answer_always({"data": data, "errors": errors}))
        response = await client.query("{ me { id name } }")
        assert response.status == 200
        return response

    @pytest.mark.parametrize("path", [["me", "name"], None, ["me", "nothing"]])
    async def test_are_bounded_in_number(self, build_client: BuildClient, path: Any) -> None:
        errors = [{"message": "no", "path": path} for _ in range(100_000)]
        response = await self.ask(build_client, errors, {"me": {"id": "1", "name": None}})
        assert 1 <= len(response.json["errors"]) <= 1_000
        assert len(response.body) < 200_000
        if path != ["me", "name"]:
            assert response.json["errors"][-1]["message"] == "The subgraph gave 99001 more errors."

    async def test_are_bounded_in_size(self, build_client: BuildClient) -> None:
        errors = [{"message": "y" * 5_000_000, "extensions": {"code": "x" * 5_000_000, "more": ["z" * 100_000]}}]
        response = await self.ask(build_client, errors)
        assert len(response.body) < 5_000
        [error] = response.json["errors"]
        assert error["message"] == "y" * 2_000 + "..."

    async def test_are_bounded_in_size_together(self, build_client: BuildClient) -> None:
        errors = [{"message": "y" * 2_000, "extensions": {"code": "x" * 10_000}}] * 900
        response = await self.ask(build_client, errors)
        assert len(response.body) < 1_000_000
        assert "more errors" in response.json["errors"][-1]["message"]

    async def test_long_paths_name_no_place(self, build_client: BuildClient) -> None:
        long = ["me", *([0] * 1_000_000)]
        data = {"me": {"id": "1", "name": "Ada"}}
        [error] = (await self.ask(build_client, [{"message": "no", "path": long}], data)).json["errors"]
        assert error == {"message": "no", "extensions": {"service": "people"}}

    async def test_deep_extensions_are_left_out(self, build_client: BuildClient) -> None:
        shown = SubgraphErrorsConfig(all=SubgraphErrorRule(extensions=("*",)))
        for depth in (200, 500, 900, 990):
            errors = [{"message": "no", "extensions": {**CODE, "deep": "DEEP"}}]
            transport = answer_always({"errors": errors}, (b'"DEEP"', b"[" * depth + b"]" * depth))
            client = build_client(RouterConfig(subgraph_errors=shown), transport=transport)
            [error] = (await client.query("{ me { id name } }")).json["errors"]
            assert error["extensions"]["code"] == "OUT_OF_STOCK"
            assert ("deep" in error["extensions"]) == (depth == 200)

    async def test_usual_ones_are_passed_on(self, build_client: BuildClient) -> None:
        shown = SubgraphErrorsConfig(all=SubgraphErrorRule(extensions=("*",)))
        extensions = {**CODE, "big": 2**70, "half": "\ud800", "stacktrace": ["line " * 20] * 30}
        errors = [{"message": "no", "path": ["me", "name"], "extensions": extensions}]
        data = {"me": {"id": "1", "name": None}}
        [error] = (await self.ask(build_client, errors, data, subgraph_errors=shown)).json["errors"]
        assert error == {"message": "no", "path": ["me", "name"], "extensions": {**extensions, "service": "people"}}
