import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution import HttpTransport, SubgraphRequest, SubscriptionEndpoint

BODY = b'{"query":"subscription { n }","variables":{"big":36893488147419103232}}'
Script = Callable[["Peer"], Awaitable[None]]


class Peer:
    """The server's end of one socket, played by a script of the test."""

    def __init__(self, script: Script, protocols: tuple[str, ...] = ("graphql-transport-ws",)) -> None:
        self.script = script
        self.protocols = protocols
        self.seen: list[Any] = []
        self.headers: dict[str, str] = {}
        self.done = asyncio.Event()

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        self.headers = {name.lower(): value for name, value in request.headers.items()}
        self.socket = web.WebSocketResponse(protocols=self.protocols)
        await self.socket.prepare(request)
        try:
            await self.script(self)
            while (message := await self.socket.receive()).type is WSMsgType.TEXT:
                self.seen.append(json.loads(message.data))
        finally:
            self.done.set()
        return self.socket

    async def hear(self) -> Any:
        message = json.loads((await self.socket.receive()).data)
        self.seen.append(message)
        return message

    async def say(self, **message: Any) -> None:
        await self.socket.send_str(json.dumps(message))

    async def accept(self) -> None:
        assert (await self.hear())["type"] == "connection_init"
        await self.say(type="connection_ack")
        assert (await self.hear())["type"] == "subscribe"


Open = Callable[[Peer], Awaitable[HttpTransport]]


@pytest.fixture
async def open_transport() -> AsyncIterator[Open]:
    servers: list[TestServer] = []
    async with AsyncExitStack() as opened:

        async def open_for(peer: Peer) -> HttpTransport:
            app = web.Application()
            app.router.add_get("/graphql", peer.handle)
            server = TestServer(app, host="127.0.0.1")
            await server.start_server()
            servers.append(server)
            endpoint = SubscriptionEndpoint(url=str(server.make_url("/graphql")))
            transport = HttpTransport(subscriptions={"shop": endpoint}, acknowledge_seconds=0.5)
            return await opened.enter_async_context(transport)

        yield open_for
        for server in servers:
            await server.close()


async def collect(transport: HttpTransport) -> list[Any]:
    request = SubgraphRequest("shop", "http://elsewhere.invalid", BODY, {"authorization": "Bearer x"})
    async with aclosing(transport.stream(request)) as events:
        return [json.loads(event) async for event in events]


async def test_events_until_complete_with_pings_between(open_transport: Open) -> None:
    async def script(peer: Peer) -> None:
        assert (await peer.hear()) == {"type": "connection_init", "payload": {"authorization": "Bearer x"}}
        await peer.say(type="ping")
        assert (await peer.hear())["type"] == "pong"
        await peer.say(type="connection_ack")
        subscribe = await peer.hear()
        assert subscribe["type"] == "subscribe"
        assert subscribe["payload"] == json.loads(BODY)
        for number in (1, 2**70):
            await peer.say(type="next", id=subscribe["id"], payload={"data": {"n": number}})
            await peer.say(type="ping", payload={})
            assert (await peer.hear())["type"] == "pong"
        await peer.say(type="complete", id=subscribe["id"])

    peer = Peer(script)
    assert await collect(await open_transport(peer)) == [{"data": {"n": 1}}, {"data": {"n": 2**70}}]
    assert peer.headers["authorization"] == "Bearer x"
    assert peer.headers["sec-websocket-protocol"] == "graphql-transport-ws"


async def test_an_error_is_the_last_event(open_transport: Open) -> None:
    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.say(type="error", id="1", payload=[{"message": "no"}])

    assert await collect(await open_transport(Peer(script))) == [{"errors": [{"message": "no"}]}]


async def test_leaving_completes_the_operation(open_transport: Open) -> None:
    async def script(peer: Peer) -> None:
        await peer.accept()
        await peer.say(type="next", id="1", payload={"data": {"n": 1}})

    peer = Peer(script)
    transport = await open_transport(peer)
    async with aclosing(transport.stream(SubgraphRequest("shop", "", BODY))) as events:
        await anext(events)
    await peer.done.wait()
    assert peer.seen[-1] == {"type": "complete", "id": "1"}


async def refuse(peer: Peer) -> None:
    await peer.hear()
    await peer.socket.close(code=4403)


async def stay_silent(peer: Peer) -> None:
    await peer.hear()


async def talk_nonsense(peer: Peer) -> None:
    await peer.accept()
    await peer.socket.send_str("[]")


async def answer_another_operation(peer: Peer) -> None:
    await peer.accept()
    await peer.say(type="next", id="other", payload={})


async def vanish(peer: Peer) -> None:
    await peer.accept()
    assert peer.socket._req is not None
    assert peer.socket._req.transport is not None
    peer.socket._req.transport.abort()


@pytest.mark.parametrize("script", [refuse, stay_silent, talk_nonsense, answer_another_operation, vanish])
async def test_a_server_that_breaks_the_protocol_is_unavailable(open_transport: Open, script: Script) -> None:
    transport = await open_transport(Peer(script))
    with pytest.raises(SubgraphUnavailable):
        await collect(transport)


async def test_a_server_of_another_protocol_is_unavailable(open_transport: Open) -> None:
    transport = await open_transport(Peer(stay_silent, protocols=()))
    with pytest.raises(SubgraphUnavailable, match="does not speak"):
        await collect(transport)


async def test_nobody_listening_is_unavailable() -> None:
    nowhere = SubscriptionEndpoint(url="http://[::1]:1")
    async with HttpTransport(subscriptions={"shop": nowhere}) as transport:
        with pytest.raises(SubgraphUnavailable):
            await collect(transport)
