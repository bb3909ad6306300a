"""A subscription to a subgraph over a WebSocket, by the protocol `graphql-transport-ws`."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import aiohttp

from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution.json_text import decode_json, encode_json
from entrepot.router.execution.transports.subgraph_client import SubgraphRequest, describe_failure

PROTOCOL = "graphql-transport-ws"
OPERATION_ID = "1"
# What a server closes a socket with that it would close again: its refusals, by the protocol (4400 to 4499).
REFUSALS = range(4400, 4500)


async def stream_over_websocket(
    session: aiohttp.ClientSession,
    request: SubgraphRequest,
    url: str,
    *,
    acknowledge_seconds: float,
    maximum_bytes: int,
    tls: ssl.SSLContext | None = None,
) -> AsyncGenerator[bytes, None]:
    """The events of one subscription on a socket of its own.

    The headers to forward travel with the handshake and, for servers that look there, as the payload of
    `connection_init`. Raises SubgraphUnavailable when the server refuses, breaks the protocol or disconnects.
    """
    try:
        async with asyncio.timeout(acknowledge_seconds):
            socket = await session.ws_connect(
                url,
                protocols=(PROTOCOL,),
                headers=dict(request.headers),
                max_msg_size=maximum_bytes,
                ssl=tls or True,
            )
    except (aiohttp.ClientError, OSError, ValueError) as cause:
        raise describe_failure(request.subgraph, "did not open a subscription socket") from cause
    try:
        await _initialize(socket, request, acknowledge_seconds)
        await _say(socket, {"type": "subscribe", "id": OPERATION_ID, "payload": decode_json(request.body)})
        async for event in _read_events(socket, request):
            yield event
    except (aiohttp.ClientError, OSError) as cause:
        raise _broken(request) from cause
    finally:
        await _close(socket)


async def _initialize(
    socket: aiohttp.ClientWebSocketResponse, request: SubgraphRequest, acknowledge_seconds: float
) -> None:
    if socket.protocol != PROTOCOL:
        raise describe_failure(request.subgraph, f"does not speak {PROTOCOL}", is_transient=False)
    try:
        async with asyncio.timeout(acknowledge_seconds):
            await _say(socket, {"type": "connection_init", "payload": dict(request.headers)})
            while (message := await _hear(socket, request))["type"] != "connection_ack":
                await _answer_ping(socket, request, message)
    except TimeoutError as cause:
        raise describe_failure(request.subgraph, "did not acknowledge a subscription socket in time") from cause


async def _read_events(
    socket: aiohttp.ClientWebSocketResponse, request: SubgraphRequest
) -> AsyncGenerator[bytes, None]:
    while True:
        message = await _hear(socket, request)
        kind = message["type"]
        if kind in ("next", "error", "complete") and message.get("id") != OPERATION_ID:
            raise _broken(request)
        if kind == "next":
            yield encode_json(message.get("payload"))
        elif kind == "error":
            yield encode_json({"errors": message.get("payload")})
            return
        elif kind == "complete":
            return
        else:
            await _answer_ping(socket, request, message)


async def _answer_ping(
    socket: aiohttp.ClientWebSocketResponse, request: SubgraphRequest, message: dict[str, Any]
) -> None:
    if message["type"] == "ping":
        await _say(socket, {"type": "pong"})
    elif message["type"] != "pong":
        raise _broken(request)


async def _hear(socket: aiohttp.ClientWebSocketResponse, request: SubgraphRequest) -> dict[str, Any]:
    received = await socket.receive()
    if received.type is not aiohttp.WSMsgType.TEXT:
        code = socket.close_code
        raise (
            _broken(request)
            if code is None
            else describe_failure(
                request.subgraph, "closed a subscription socket", is_transient=code not in REFUSALS, closeCode=code
            )
        )
    try:
        message = decode_json(received.data.encode())
    except ValueError as cause:
        raise _broken(request) from cause
    if message.__class__ is not dict or message.get("type").__class__ is not str:
        raise _broken(request)
    known: dict[str, Any] = message
    return known


async def _say(socket: aiohttp.ClientWebSocketResponse, message: dict[str, Any]) -> None:
    await socket.send_str(encode_json(message).decode())


async def _close(socket: aiohttp.ClientWebSocketResponse) -> None:
    with suppress(aiohttp.ClientError, OSError):
        if not socket.closed:
            await _say(socket, {"type": "complete", "id": OPERATION_ID})
        await socket.close()


def _broken(request: SubgraphRequest) -> SubgraphUnavailable:
    return describe_failure(request.subgraph, "broke off the subscription")
