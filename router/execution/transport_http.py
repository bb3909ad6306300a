"""Subgraphs over HTTP: one pooled client session, subscriptions over WebSocket or server-sent events."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

import aiohttp

from router.execution.event_stream import MEDIA_TYPE, read_events
from router.execution.socket_client import stream_over_socket
from router.execution.subgraph_client import ACCEPT, SubgraphRequest, SubgraphResponse, describe_failure

LARGE_BODY = 1024 * 1024
SubscriptionProtocol = Literal["graphql-transport-ws", "sse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionEndpoint:
    """How a subgraph's subscriptions are opened; `url` None is the subgraph's own (`ws` for `http` on a socket)."""

    protocol: SubscriptionProtocol = "graphql-transport-ws"
    url: str | None = None


def build_session(*, connect_seconds: float, connections: int = 0) -> aiohttp.ClientSession:
    """A session fit for subgraphs, to be closed by the caller: no cookies are kept, which would pass from user to user.

    `connections` bounds those open at the same time, 0 not at all. Must be called with the event loop running.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=60),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTransport:
    """Sends over `session`, which the composition root opens and closes; it pools and keeps connections alive.

    `subscriptions` says by subgraph how streams are opened, `default_subscription` how they are for all others.
    `acknowledge_seconds` bounds the opening of a socket, `maximum_bytes` an answer and one event.
    """

    session: aiohttp.ClientSession
    subscriptions: Mapping[str, SubscriptionEndpoint] = field(default_factory=dict)
    default_subscription: SubscriptionEndpoint = field(default_factory=SubscriptionEndpoint)
    maximum_bytes: int = 64 * 1024 * 1024
    acknowledge_seconds: float = 10.0

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        try:
            try:
                return await self._post(request)
            except (aiohttp.ServerDisconnectedError, ConnectionResetError):
                # The server closed a kept connection just as we took it from the pool.
                if request.is_mutation:
                    raise
                return await self._post(request)
        except (aiohttp.ClientError, OSError, ValueError) as cause:
            raise describe_failure(request.subgraph, "could not be reached") from cause

    async def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        endpoint = self.subscriptions.get(request.subgraph, self.default_subscription)
        url = endpoint.url or request.url
        if endpoint.protocol == "sse":
            events = self._stream_events(request, url)
        else:
            # "http" to "ws" and so "https" to "wss".
            events = stream_over_socket(
                self.session,
                request,
                url.replace("http", "ws", 1) if url.startswith("http") else url,
                acknowledge_seconds=self.acknowledge_seconds,
                maximum_bytes=self.maximum_bytes,
            )
        async with aclosing(events):
            async for event in events:
                yield event

    async def _post(self, request: SubgraphRequest) -> SubgraphResponse:
        headers = {**request.headers, "content-type": "application/json", "accept": ACCEPT}
        # A large body goes out in pieces, so that the loop is not held up.
        data = request.body if len(request.body) < LARGE_BODY else io.BytesIO(request.body)
        async with self.session.post(request.url, data=data, headers=headers, allow_redirects=False) as response:
            body = await self._read_body(request, response)
            return SubgraphResponse(response.status, _read_headers(response), body)

    async def _stream_events(self, request: SubgraphRequest, url: str) -> AsyncGenerator[bytes, None]:
        headers = {**request.headers, "content-type": "application/json", "accept": MEDIA_TYPE}
        # A stream may be silent for as long as it likes; only connecting is bounded, by the session.
        timeout = aiohttp.ClientTimeout(total=None, sock_read=None, sock_connect=self.session.timeout.sock_connect)
        try:
            async with self.session.post(
                url, data=request.body, headers=headers, allow_redirects=False, timeout=timeout
            ) as response:
                events = read_events(
                    request.subgraph,
                    response.status,
                    _read_headers(response),
                    response.content.iter_any(),
                    self.maximum_bytes,
                )
                async with aclosing(events):
                    async for event in events:
                        yield event
        except (aiohttp.ClientError, OSError, ValueError) as cause:
            raise describe_failure(request.subgraph, "broke off the subscription") from cause

    async def _read_body(self, request: SubgraphRequest, response: aiohttp.ClientResponse) -> bytes:
        if response.content_length is not None and response.content_length > self.maximum_bytes:
            raise describe_failure(request.subgraph, f"answered with more than {self.maximum_bytes} bytes")
        parts: list[bytes] = []
        size = 0
        async for part in response.content.iter_any():
            parts.append(part)
            size += len(part)
            if size > self.maximum_bytes:
                raise describe_failure(request.subgraph, f"answered with more than {self.maximum_bytes} bytes")
        return b"".join(parts)


def _read_headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
