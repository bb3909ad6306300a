"""One suite for both ways to a subgraph: in the process, and over HTTP to a real server."""

import asyncio
import contextvars
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import pytest

from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution import SubgraphRequest
from tests.support.served_apps import Reach, Server

CALLER: contextvars.ContextVar[str] = contextvars.ContextVar("CALLER", default="nobody")


@pytest.fixture(params=["asgi", "http"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    made = Server(request.param)
    async with made.stack:
        yield made


async def read_body(receive: Callable[[], Any]) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body", False):
            return body


async def start(send: Callable[[Any], Any], content_type: bytes = b"application/json", status: int = 200) -> None:
    headers = [(b"Content-Type", content_type), (b"X-Seen", b"yes")]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def say(send: Callable[[Any], Any], body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body = await read_body(receive)
    seen = {
        "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "length": len(body),
        "caller": CALLER.get(),
    }
    await start(send)
    await say(send, json.dumps(seen).encode(), more=False)


class WaitingApp:
    """Starts (a response, when told to) and then waits until the caller is gone."""

    def __init__(self, *, listens: bool, streams: bool = False) -> None:
        self.listens = listens
        self.streams = streams
        self.entered = asyncio.Event()
        self.left = asyncio.Event()

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        await read_body(receive)
        if self.streams:
            await start(send, b"text/event-stream")
            await say(send, b'event: next\ndata: {"data":{"n":1}}\n\n')
        self.entered.set()
        try:
            if self.listens:
                while (await receive())["type"] != "http.disconnect":
                    pass
            else:
                await asyncio.Event().wait()
        finally:
            self.left.set()


def request_to(reach: Reach, body: bytes = b"{}", **headers: str) -> SubgraphRequest:
    return SubgraphRequest("shop", reach.url, body, headers)


async def collect(reach: Reach, body: bytes = b"{}") -> list[Any]:
    async with aclosing(reach.transport.stream(request_to(reach, body))) as events:
        return [json.loads(event) async for event in events]


class TestSend:
    async def test_a_plain_request(self, server: Server) -> None:
        reach = await server.serve(echo)
        response = await reach.transport.send(request_to(reach, b'{"query":"{a}"}', authorization="Bearer x"))
        assert (response.status, response.headers["x-seen"]) == (200, "yes")
        seen = json.loads(response.body)
        assert (seen["method"], seen["path"], seen["query"], seen["length"]) == ("POST", "/graphql", "x=1", 15)
        assert seen["headers"]["authorization"] == "Bearer x"
        assert seen["headers"]["content-type"] == "application/json"
        assert "application/graphql-response+json" in seen["headers"]["accept"]

    async def test_large_bodies_both_ways(self, server: Server) -> None:
        async def app(_scope: Any, receive: Any, send: Any) -> None:
            body = await read_body(receive)
            await start(send)
            for position in range(0, len(body), 100_000):
                await say(send, body[position : position + 100_000])
            await say(send, b"", more=False)

        reach = await server.serve(app)
        body = bytes(range(256)) * 12_000
        assert (await reach.transport.send(request_to(reach, body))).body == body

    async def test_a_status_of_failure_is_passed_on_with_its_body(self, server: Server) -> None:
        async def app(_scope: Any, receive: Any, send: Any) -> None:
            await read_body(receive)
            await start(send, status=503)
            await say(send, b'{"errors":[]}', more=False)

        reach = await server.serve(app)
        response = await reach.transport.send(request_to(reach))
        assert (response.status, response.body) == (503, b'{"errors":[]}')

    async def test_an_answer_beyond_the_limit_is_refused(self, server: Server) -> None:
        async def app(_scope: Any, receive: Any, send: Any) -> None:
            await read_body(receive)
            await start(send)
            for _ in range(20):
                await say(send, b"x" * 1000)
            await say(send, b"", more=False)

        server.maximum_bytes = 10_000
        reach = await server.serve(app)
        with pytest.raises(SubgraphUnavailable, match="more than 10000 bytes"):
            await reach.transport.send(request_to(reach))

    async def test_nothing_of_the_callers_context_gets_through(self, server: Server) -> None:
        reach = await server.serve(echo)
        CALLER.set("somebody")
        assert json.loads((await reach.transport.send(request_to(reach))).body)["caller"] == "nobody"

    async def test_concurrent_requests_do_not_wait_for_each_other(self, server: Server) -> None:
        inside = 0
        everybody = asyncio.Event()

        async def app(_scope: Any, receive: Any, send: Any) -> None:
            nonlocal inside
            body = await read_body(receive)
            inside += 1
            if inside == 20:
                everybody.set()
            await everybody.wait()
            await start(send)
            await say(send, body, more=False)

        reach = await server.serve(app)
        requests = [request_to(reach, str(number).encode()) for number in range(20)]
        responses = await asyncio.gather(*map(reach.transport.send, requests))
        assert [int(response.body) for response in responses] == list(range(20))

    @pytest.mark.parametrize("after_start", [False, True])
    async def test_an_exception_of_the_app_is_told_without_its_text(self, server: Server, *, after_start: bool) -> None:
        async def app(_scope: Any, receive: Any, send: Any) -> None:
            await read_body(receive)
            if after_start:
                await start(send)
                await say(send, b"[")
            raise RuntimeError("secret")

        reach = await server.serve(app)
        if server.kind == "http" and not after_start:
            # The server answers in the app's place; the executor takes that for the failure it is.
            response = await reach.transport.send(request_to(reach))
            assert response.status == 500
            assert b"secret" not in response.body
            return
        with pytest.raises(SubgraphUnavailable) as raised:
            await reach.transport.send(request_to(reach))
        assert "secret" not in str(raised.value.to_graphql())
        assert raised.value.extensions["service"] == "shop"

    async def test_a_caller_that_leaves_reaches_the_app(self, server: Server) -> None:
        app = WaitingApp(listens=True)
        reach = await server.serve(app)
        caller = asyncio.create_task(reach.transport.send(request_to(reach)))
        await app.entered.wait()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        async with asyncio.timeout(10):
            await app.left.wait()


class TestStream:
    @pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
    async def test_events_of_an_event_stream(self, server: Server, end: bytes) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            assert dict(scope["headers"])[b"accept"] == b"text/event-stream"
            body = await read_body(receive)
            await start(send, b"text/event-stream; charset=utf-8")
            await say(send, b": hello" + end + end)
            whole = b'event: next\ndata: {"data":\ndata: ' + body + b"}\nid: 7\n\n"
            text = whole.replace(b"\n", end) * 2
            for position in range(0, len(text), 5):
                await say(send, text[position : position + 5])
            await say(send, b"event: complete" + end + b"data:" + end + end, more=False)

        reach = await server.serve(app)
        assert await collect(reach, b'{"n":1}') == [{"data": {"n": 1}}] * 2

    async def test_events_come_as_they_are_sent(self, server: Server) -> None:
        received = asyncio.Event()

        async def app(_scope: Any, receive: Any, send: Any) -> None:
            await read_body(receive)
            await start(send, b"text/event-stream")
            await say(send, b"event: next\ndata: 1\n\n")
            await received.wait()
            await say(send, b"event: next\ndata: 2\n\n")
            await say(send, b"event: complete\n\n", more=False)

        reach = await server.serve(app)
        seen = []
        async with aclosing(reach.transport.stream(request_to(reach))) as events:
            async for event in events:
                seen.append(event)
                received.set()
        assert seen == [b"1", b"2"]

    @pytest.mark.parametrize("content_type", [b"Text/Event-Stream", b"TEXT/EVENT-STREAM ; Charset=UTF-8"])
    async def test_events_of_other_names_are_passed_over(self, server: Server, content_type: bytes) -> None:
        """faults/router/09: an event goes to the listeners of its name (HTML standard, section 9.2.6)."""

        async def app(_scope: Any, receive: Any, send: Any) -> None:
            await read_body(receive)
            await start(send, content_type)
            for event in (b"ping", b"heartbeat", b"Next", b"error", b"keep-alive"):
                await say(send, b"event: " + event + b"\ndata: x\n\n" + b"event: " + event + b"\ndata:\n\n")
            await say(send, b"event: next\ndata: 1\n\n" + b"event: message\ndata: 2\n\n" + b"data: 3\n\n")
            await say(send, b"event: ping\ndata: {}\n\nevent: complete\n\ndata: 4\n\n", more=False)

        assert await collect(await server.serve(app)) == [1, 2, 3]

    async def test_an_answer_in_json_is_the_only_event(self, server: Server) -> None:
        async def app(_scope: Any, receive: Any, send: Any) -> None:
            await read_body(receive)
            await start(send, b"application/json", status=400)
            await say(send, b'{"errors":[{"message":"no"}]}', more=False)

        reach = await server.serve(app)
        assert await collect(reach) == [{"errors": [{"message": "no"}]}]

    async def test_an_answer_of_another_kind_is_a_failure(self, server: Server) -> None:
        async def app(_scope: Any, receive: Any, send: Any) -> None:
            await read_body(receive)
            await start(send, b"text/html", status=502)
            await say(send, b"<p>secret</p>", more=False)

        reach = await server.serve(app)
        with pytest.raises(SubgraphUnavailable, match="HTTP status 502"):
            await collect(reach)

    async def test_a_stream_that_breaks_is_a_failure(self, server: Server) -> None:
        async def app(_scope: Any, receive: Any, send: Any) -> None:
            await read_body(receive)
            await start(send, b"text/event-stream")
            await say(send, b"event: next\ndata: 1\n\n")
            raise RuntimeError("secret")

        reach = await server.serve(app)
        with pytest.raises(SubgraphUnavailable):
            await collect(reach)

    async def test_an_event_beyond_the_limit_ends_the_stream(self, server: Server) -> None:
        async def app(_scope: Any, receive: Any, send: Any) -> None:
            await read_body(receive)
            await start(send, b"text/event-stream")
            for _ in range(100):
                await say(send, b"data: " + b"x" * 1000 + b"\n")

        server.maximum_bytes = 10_000
        reach = await server.serve(app)
        with pytest.raises(SubgraphUnavailable, match="more than 10000 bytes"):
            await collect(reach)

    async def test_leaving_early_reaches_the_app(self, server: Server) -> None:
        app = WaitingApp(listens=True, streams=True)
        reach = await server.serve(app)
        async with aclosing(reach.transport.stream(request_to(reach))) as events:
            async for _ in events:
                break
        async with asyncio.timeout(10):
            await app.left.wait()

    async def test_cancelling_a_waiting_caller_reaches_the_app(self, server: Server) -> None:
        app = WaitingApp(listens=True, streams=True)
        reach = await server.serve(app)
        caller = asyncio.create_task(collect(reach))
        await app.entered.wait()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        async with asyncio.timeout(10):
            await app.left.wait()
