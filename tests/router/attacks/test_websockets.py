"""The guards on a WebSocket: what an operation is refused for is told by a message, and the connection stays."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from entrepot.router.app import RouterApp
from entrepot.router.config import (
    ApiKeyConfig,
    ApiKeysConfig,
    AuthenticationConfig,
    DemandControlConfig,
    LimitsConfig,
    RateLimitRule,
    RouterConfig,
)
from tests.support.asgi_client import serve

BuildApp = Callable[..., RouterApp]


@asynccontextmanager
async def open_socket(app: RouterApp, **headers: str) -> AsyncIterator[ClientConnection]:
    async with (
        serve(app) as address,
        connect(
            f"ws://{address}/graphql",
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]  # a NewType of str
            additional_headers=headers,
        ) as connection,
    ):
        await connection.send('{"type": "connection_init"}')
        yield connection


async def receive(connection: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(await asyncio.wait_for(connection.recv(), 5))
    return message


async def ask(connection: ClientConnection, query: str, identity: str = "1") -> str:
    """The code of the error that the operation is refused with, else the type of its last message."""
    await connection.send(json.dumps({"id": identity, "type": "subscribe", "payload": {"query": query}}))
    while True:
        message = await receive(connection)
        if message["type"] == "error":
            return str(message["payload"][0]["extensions"]["code"])
        if message["type"] == "complete":
            return "complete"


async def test_each_operation_takes_from_the_quota(build_app: BuildApp) -> None:
    app = build_app(RouterConfig(rate_limits=(RateLimitRule(name="burst", by="address", capacity=2),)))
    async with open_socket(app) as socket:
        assert (await receive(socket))["type"] == "connection_ack"
        assert [await ask(socket, "{ __typename }") for _ in range(3)] == ["complete", "complete", "RATE_LIMITED"]
    assert app.security.counts["rate_limited", "RATE_LIMITED"] == 1


async def test_an_operation_that_costs_too_much_is_refused(build_app: BuildApp) -> None:
    app = build_app(RouterConfig(demand_control=DemandControlConfig(mode="enforce", max_cost=5)))
    async with open_socket(app) as socket:
        await receive(socket)
        assert await ask(socket, "{ me { id } }") == "complete"
        assert await ask(socket, "{ people { id } }") == "COST_EXCEEDED"


async def test_what_is_under_way_counts_for_one_client(build_app: BuildApp) -> None:
    app = build_app(RouterConfig(limits=LimitsConfig(max_concurrent_requests_per_client=1)))
    async with open_socket(app) as socket:
        await receive(socket)
        await socket.send(
            '{"id": "s", "type": "subscribe", "payload": {"query": "subscription { forever { number } }"}}'
        )
        assert (await receive(socket))["type"] == "next"
        assert await ask(socket, "{ __typename }") == "CONCURRENCY_EXCEEDED"
        await socket.send('{"id": "s", "type": "complete"}')
        async with asyncio.timeout(5):
            while await ask(socket, "{ __typename }") != "complete":
                await asyncio.sleep(0.01)


async def test_an_answer_that_is_too_large_is_not_sent(build_app: BuildApp) -> None:
    app = build_app(RouterConfig(limits=LimitsConfig(max_response_bytes=40)))
    async with open_socket(app) as socket:
        await receive(socket)
        assert await ask(socket, "{ __typename }") == "complete"
        assert await ask(socket, "{ me { id name email } people { id } }") == "RESPONSE_TOO_LARGE"
    assert app.security.counts["limit_exceeded", "RESPONSE_TOO_LARGE"] == 1


async def test_an_event_that_is_too_large_is_an_error_in_its_place(build_app: BuildApp) -> None:
    app = build_app(RouterConfig(limits=LimitsConfig(max_response_bytes=20)))
    async with open_socket(app) as socket:
        await receive(socket)
        await socket.send(
            '{"id": "t", "type": "subscribe", "payload": {"query": "subscription { ticks(count: 2) { number } }"}}'
        )
        received = [await receive(socket) for _ in range(3)]
    assert [message["type"] for message in received] == ["next", "next", "complete"]
    codes = [message["payload"]["errors"][0]["extensions"]["code"] for message in received[:2]]
    assert codes == ["RESPONSE_TOO_LARGE"] * 2
    assert app.security.counts["limit_exceeded", "RESPONSE_TOO_LARGE"] == 2


async def test_parts_that_are_too_large_together_are_not_sent(build_app: BuildApp) -> None:
    app = build_app(RouterConfig(limits=LimitsConfig(max_response_bytes=150)))
    async with open_socket(app) as socket:
        await receive(socket)
        query = "{ people { name ... @defer { notes { text } } } }"
        await socket.send(json.dumps({"id": "d", "type": "subscribe", "payload": {"query": query}}))
        received = [await receive(socket) for _ in range(2)]
    assert [message["type"] for message in received] == ["next", "error"]
    assert received[1]["payload"][0]["extensions"]["code"] == "RESPONSE_TOO_LARGE"
    assert app.security.counts["limit_exceeded", "RESPONSE_TOO_LARGE"] == 1


async def test_a_handshake_that_is_too_large_is_refused(build_app: BuildApp) -> None:
    app = build_app(RouterConfig(limits=LimitsConfig(max_header_bytes=1000)))
    with pytest.raises(InvalidStatus):
        async with open_socket(app, **{"x-padding": "x" * 1000}):
            pass
    assert app.security.counts["limit_exceeded", "HEADERS_TOO_LARGE"] == 1


class TestKeys:
    def build(self, build_app: BuildApp) -> RouterApp:
        keys = (ApiKeyConfig(name="k", sha256=sha256(b"secret").hexdigest(), subject="partner"),)
        return build_app(RouterConfig(authentication=AuthenticationConfig(api_keys=ApiKeysConfig(keys=keys))))

    async def test_a_key_of_the_handshake_counts(self, build_app: BuildApp) -> None:
        async with open_socket(self.build(build_app), **{"x-api-key": "secret"}) as socket:
            assert (await receive(socket))["type"] == "connection_ack"
            assert await ask(socket, "{ secret }") == "complete"

    async def test_a_wrong_one_ends_the_connection(self, build_app: BuildApp) -> None:
        app = self.build(build_app)
        async with open_socket(app, **{"x-api-key": "guess"}) as socket:
            with pytest.raises(ConnectionClosed) as caught:
                await receive(socket)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 4403
        assert app.security.counts["api_key_refused", "API_KEY_INVALID"] == 1


async def test_half_a_character_ends_nothing(build_app: BuildApp) -> None:
    async with open_socket(build_app()) as socket:
        await receive(socket)
        await socket.send('{"type": "ping", "payload": {"a": "\\ud800", "b": %s}}' % ("9" * 50))
        assert (await receive(socket))["payload"] == {"a": "\ud800", "b": int("9" * 50)}
        assert await ask(socket, "{ __typename }", identity="\ud800") == "complete"
