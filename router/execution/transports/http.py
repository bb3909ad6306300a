"""The HTTP transport: requests over persistent connections, subscriptions over WebSocket or SSE."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal, Self

import aiohttp

from entrepot.router.execution.transports.event_stream import MEDIA_TYPE, read_events
from entrepot.router.execution.transports.http_client import AnswerTooLarge, HttpClient
from entrepot.router.execution.transports.redirections import RedirectionRefused, open_session
from entrepot.router.execution.transports.subgraph_client import SubgraphRequest, SubgraphResponse, describe_failure
from entrepot.router.execution.transports.websocket_client import stream_over_websocket

SubscriptionProtocol = Literal["graphql-transport-ws", "sse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionEndpoint:
    """How a subgraph's subscriptions are opened; `url` None is the subgraph's own (`ws` for `http` on a socket)."""

    protocol: SubscriptionProtocol = "graphql-transport-ws"
    url: str | None = None


class HttpTransport:
    """Sends over connections of its own, which open when they are needed and close with `aclose`.

    `subscriptions` says by subgraph how streams are opened, `default_subscription` how they are for all others.
    `connect_seconds` bounds the opening of a connection, `acknowledge_seconds` that of a socket, `maximum_bytes` an
    answer and one event. No cookies are kept, which would pass from user to user.
    `tls` has contexts for https and wss by subgraph, `default_tls` is that of all others; None trusts the CAs of the
    system.
    """

    def __init__(
        self,
        *,
        connect_seconds: float = 5.0,
        subscriptions: Mapping[str, SubscriptionEndpoint] | None = None,
        default_subscription: SubscriptionEndpoint | None = None,
        maximum_bytes: int = 64 * 1024 * 1024,
        acknowledge_seconds: float = 10.0,
        tls: Mapping[str, ssl.SSLContext] | None = None,
        default_tls: ssl.SSLContext | None = None,
    ) -> None:
        self._connect_seconds = connect_seconds
        self._subscriptions = subscriptions or {}
        self._default_subscription = default_subscription or SubscriptionEndpoint()
        self._maximum_bytes = maximum_bytes
        self._acknowledge_seconds = acknowledge_seconds
        self._tls = tls or {}
        self._default_tls = default_tls
        self._client = self._build_client(default_tls)
        self._clients = {name: self._build_client(context) for name, context in self._tls.items()}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections, those of streams included."""
        for client in (self._client, *self._clients.values()):
            client.close()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        try:
            client = self._clients.get(request.subgraph, self._client)
            return await client.post(request.url, request.headers, request.body, is_repeatable=not request.is_mutation)
        except AnswerTooLarge as cause:
            message = f"answered with more than {self._maximum_bytes} bytes"
            raise describe_failure(request.subgraph, message, is_transient=False) from cause
        except (OSError, ValueError) as cause:
            raise describe_failure(request.subgraph, "could not be reached") from cause

    async def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        endpoint = self._subscriptions.get(request.subgraph, self._default_subscription)
        url = endpoint.url or request.url
        if endpoint.protocol == "sse":
            events = self._stream_events(request, url)
        else:
            # "http" to "ws" and so "https" to "wss".
            events = stream_over_websocket(
                self._open_session(),
                request,
                url.replace("http", "ws", 1) if url.startswith("http") else url,
                acknowledge_seconds=self._acknowledge_seconds,
                maximum_bytes=self._maximum_bytes,
                tls=self._tls.get(request.subgraph, self._default_tls),
            )
        async with aclosing(events):
            async for event in events:
                yield event

    def _build_client(self, tls: ssl.SSLContext | None) -> HttpClient:
        return HttpClient(connect_seconds=self._connect_seconds, maximum_bytes=self._maximum_bytes, tls=tls)

    def _open_session(self) -> aiohttp.ClientSession:
        """The session of all streams; made at the first, since it needs the event loop to run."""
        if self._session is None:
            # A stream may be silent for as long as it likes; only connecting is bounded.
            self._session = open_session(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_seconds),
            )
        return self._session

    async def _stream_events(self, request: SubgraphRequest, url: str) -> AsyncGenerator[bytes, None]:
        headers = {**request.headers, "content-type": "application/json", "accept": MEDIA_TYPE}
        try:
            tls = self._tls.get(request.subgraph, self._default_tls) or True
            async with self._open_session().post(url, data=request.body, headers=headers, ssl=tls) as response:
                events = read_events(
                    request.subgraph,
                    response.status,
                    _read_headers(response),
                    response.content.iter_any(),
                    self._maximum_bytes,
                )
                async with aclosing(events):
                    async for event in events:
                        yield event
        except RedirectionRefused as cause:
            message = f"answered with HTTP status {cause.status}"
            raise describe_failure(request.subgraph, message, status=cause.status) from cause
        except (aiohttp.ClientError, OSError, ValueError) as cause:
            raise describe_failure(request.subgraph, "broke off the subscription") from cause


def _read_headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
