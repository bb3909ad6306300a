"""What only the way within the process has to keep."""

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution import AsgiTransport, SubgraphRequest

REQUEST = SubgraphRequest("shop", "", b'{"query":"{a}"}', {"X-Trace": "7"})


class Stuck:
    """An app that ends by cancellation alone."""

    def __init__(self, *, listens: bool) -> None:
        self.listens = listens
        self.entered = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def __call__(self, _scope: Any, receive: Any, _send: Any) -> None:
        await receive()
        self.entered.set()
        try:
            while self.listens:
                if (await receive())["type"] == "http.disconnect":
                    self.listens = False
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


@pytest.mark.parametrize("listens", [True, False])
async def test_an_app_that_does_not_end_by_itself_is_cancelled(*, listens: bool) -> None:
    app = Stuck(listens=listens)
    transport = AsgiTransport({"shop": app}, grace=0.01)
    caller = asyncio.create_task(transport.send(REQUEST))
    await app.entered.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    async with asyncio.timeout(10):
        await app.cancelled.wait()


async def test_an_app_that_listens_hears_of_it_and_ends_by_itself() -> None:
    heard: list[str] = []
    entered, ended = asyncio.Event(), asyncio.Event()

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()
        entered.set()
        heard.append((await receive())["type"])
        ended.set()

    caller = asyncio.create_task(AsgiTransport({"shop": app}).send(REQUEST))
    await entered.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    async with asyncio.timeout(10):
        await ended.wait()
    assert heard == ["http.disconnect"]


async def test_closing_the_transport_ends_what_runs() -> None:
    app = Stuck(listens=False)
    transport = AsgiTransport({"shop": app})
    caller = asyncio.create_task(transport.send(REQUEST))
    await app.entered.wait()
    await transport.aclose()
    assert app.cancelled.is_set()
    with pytest.raises(SubgraphUnavailable):
        await caller


async def test_an_app_may_work_on_after_its_response() -> None:
    finished = asyncio.Event()
    answered = asyncio.Event()

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})
        await answered.wait()
        finished.set()

    response = await AsgiTransport({"shop": app}).send(REQUEST)
    answered.set()
    assert (response.status, response.body) == (204, b"")
    async with asyncio.timeout(10):
        await finished.wait()


async def test_an_app_that_answers_nothing_is_unavailable() -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})

    with pytest.raises(SubgraphUnavailable, match="ended without an answer"):
        await AsgiTransport({"shop": app}).send(REQUEST)


async def test_a_subgraph_that_is_not_here_is_unavailable() -> None:
    with pytest.raises(SubgraphUnavailable, match="not served in this process"):
        await AsgiTransport({}).send(REQUEST)


async def test_a_fast_stream_waits_for_a_slow_reader() -> None:
    sent = 0

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        nonlocal sent
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        for _ in range(50):
            await send({"type": "http.response.body", "body": b"data: " + b"x" * 100_000 + b"\n\n", "more_body": True})
            sent += 1
        await send({"type": "http.response.body", "body": b""})

    events = AsgiTransport({"shop": app}).stream(REQUEST)
    await anext(events)
    for _ in range(100):
        await asyncio.sleep(0)
    assert sent < 10
    assert len([event async for event in events]) == 49


async def test_starlette_apps_run_and_stream_and_are_told() -> None:
    left = asyncio.Event()

    async def plain(request: Request) -> JSONResponse:
        return JSONResponse({"trace": request.headers["x-trace"], "body": await request.json()})

    async def streaming(_request: Request) -> StreamingResponse:
        async def events() -> Any:
            try:
                yield "data: 1\n\n"
                await asyncio.Event().wait()
            finally:
                left.set()

        return StreamingResponse(events(), media_type="text/event-stream")

    app = Starlette(routes=[Route("/", plain, methods=["POST"]), Route("/s", streaming, methods=["POST"])])
    transport = AsgiTransport({"shop": app})
    response = await transport.send(REQUEST)
    assert response.body == b'{"trace":"7","body":{"query":"{a}"}}'
    stream = transport.stream(SubgraphRequest("shop", "http://shop/s", b""))
    assert await anext(stream) == b"1"
    await stream.aclose()
    async with asyncio.timeout(10):
        await left.wait()
