"""The HTTP server: addresses, timeouts, streams to clients, CSRF prevention and CORS."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.router.config.observability import Port
from entrepot.router.config.tls import ServerTlsConfig
from entrepot.router.config.traffic import Count, Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """The HTTP server of the router."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: Port = 4000
    """The port to listen on; 0 is any free one."""
    tls: ServerTlsConfig | None = None
    """TLS for clients: HTTPS and WSS instead of HTTP and WS (null: off, for a proxy that terminates TLS)."""
    path: str = "/graphql"
    """The path of the GraphQL endpoint, for HTTP and WebSocket."""
    access_log: bool = False
    """Whether uvicorn logs each HTTP request; see `observability.access_log` for operations."""
    json_logs: bool = False
    """Whether log lines are JSON."""
    log_level: str = "INFO"
    """The lowest level that is logged."""
    keep_alive: int = 75
    """Seconds for which an idle client connection is kept open."""
    graceful_shutdown: int = 30
    """Seconds that requests in flight have to complete on shutdown."""
    drain_seconds: float = 0.0
    """Seconds between "not ready" and the end of accepting connections on shutdown, for load balancers to notice."""
    websocket_compression: bool = False
    """Whether WebSocket messages are compressed (permessage-deflate), at about 40 KB per open connection."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks of proxies whose `X-Forwarded-For` is trusted."""
    allowed_hosts: tuple[str, ...] = ()
    """Host names that requests may name in `Host`, with any port; empty: every name. `entrepot dev` on a loopback
    address allows loopback names only, so that a page cannot reach it by a name of its own (DNS rebinding)."""
    max_connections: Count = 10_000
    """Open connections of clients in all, streams included; further ones get status 503. The limit of open files of the
    process, less 256 (at most half of it), also applies."""
    max_connections_per_address: Count = 1_000
    """Open connections per client address (IPv6: per /64 network). `trusted_proxies` are not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeoutsConfig:
    """Timeouts, in seconds."""

    request: float = 60.0
    """For a whole request of a client."""
    subgraph: float = 30.0
    """For one fetch from a subgraph, unless `traffic` sets a timeout."""
    connect: float = 5.0
    """For connecting to a subgraph."""
    client_head: Seconds = 10.0
    """For a client to send its first byte after connecting, and for the head of each request."""
    client_body: Seconds = 30.0
    """For a client to send the body of a request, after its head."""
    client_write: Seconds = 30.0
    """For a client to read at least 64 KiB of a response that waits for it, or all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamsConfig:
    """Subscriptions and other streams to clients; all values in seconds."""

    connection_init_timeout: float = 10.0
    """For the `connection_init` message of a new WebSocket connection."""
    heartbeat_interval: float = 12.0
    """Between two heartbeats of a silent stream over HTTP."""
    token_revalidation_interval: float = 30.0
    """Between two verifications of the access token of an open stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CsrfConfig:
    """CSRF prevention: a GET request must carry a header that a foreign page cannot send without a preflight."""

    enabled: bool = True
    """Whether the header is required."""
    headers: tuple[str, ...] = (
        "x-apollo-operation-name",
        "apollo-require-preflight",
        "graphql-require-preflight",
        "entrepot-require-preflight",
    )
    """The headers of which one is required."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsConfig:
    """CORS: the origins whose pages may call the router. WebSocket connections follow the same list."""

    origins: tuple[str, ...] = ()
    """Allowed origins, `scheme://host` or `scheme://host:port`; the port `*` is any port, `*` alone every origin."""
    allow_credentials: bool = False
    """Whether cookies may be sent."""
    headers: tuple[str, ...] = ("*",)
    """Request headers that pages may send."""
    expose_headers: tuple[str, ...] = ("x-request-id",)
    """Response headers that pages may read."""
    max_age: int = 600
    """Seconds for which browsers cache a preflight."""
