"""A server with graceful shutdown, and the router as a process."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, Final, Protocol, cast, runtime_checkable

import uvicorn

from entrepot.router.app.application import RouterApp, build_router_app
from entrepot.router.app.build import read_file
from entrepot.router.app.connections.http import HttpConnection
from entrepot.router.app.connections.listening import ListeningConfig
from entrepot.router.app.connections.open_files import raise_open_files_limit
from entrepot.router.app.connections.registry import ConfigSource, ConnectionRegistry, NoteRefusal, TimedConnection
from entrepot.router.app.connections.websocket import WebSocketConnection
from entrepot.router.app.greeting import build_greeting
from entrepot.router.app.listening import listen, print_origin
from entrepot.router.app.reload import ReadConfig, Reloader
from entrepot.router.app.tls import build_server_tls
from entrepot.router.config import RouterConfig
from entrepot.router.errors import ConfigurationInvalid, SupergraphInvalid
from entrepot.router.web.pages.metrics import MetricsSite
from entrepot.shared.auth import Denylist
from entrepot.shared.caching import BatchCache, Limiter
from entrepot.shared.clock import SystemClock
from entrepot.shared.telemetry import configure_logging, get_logger

# A signal that comes again this soon is the same one: a terminal and `make` both pass it on.
_SAME_SIGNAL: Final = 0.5
_LOOK_AGAIN: Final = 0.02
_AFTER_CUT: Final = 1.0
# For a client to answer that a TLS connection is closed.
_TLS_SHUTDOWN: Final = 5.0
# uvicorn ticks ten times a second.
_TICKS_PER_CHECK: Final = 5
_log = get_logger(__name__)


@runtime_checkable
class ClosingApp(Protocol):
    """An application that takes part in the end of its server."""

    def begin_closing(self) -> None:
        """Say from now on that it is not ready, and answer as before."""
        ...

    async def end_streams(self) -> None:
        """End what would never end by itself; returns when it has ended."""
        ...


class OrderlyServer(uvicorn.Server):
    """Ends in steps, none of which loses a request that others would have answered.

    On `stop` the application reports that it is not ready, and serves on for `drain_seconds`. Then no connection is
    accepted, streams are closed so that clients reconnect, and requests in flight have `grace` seconds. The rest is
    cancelled. A second signal skips all waiting.
    """

    def __init__(
        self, config: ListeningConfig, *, grace: float, drain_seconds: float = 0.0, listens_to_signals: bool = True
    ) -> None:
        super().__init__(config)
        self._registry = config.registry
        self._tls = config.tls
        app: object = config.app
        self._closing_app = app if isinstance(app, ClosingApp) else None
        self.opened = asyncio.Event()
        self._grace = grace
        self._drain_seconds = drain_seconds
        self._listens_to_signals = listens_to_signals
        self._told_at: float | None = None
        self._clock = SystemClock()

    def stop(self) -> None:
        """Begin to end; once more, a while later, is to end at once."""
        now = asyncio.get_running_loop().time()
        if self._told_at is None:
            self._told_at = now
            if self._closing_app is not None:
                self._closing_app.begin_closing()
            self.should_exit = True
        elif now - self._told_at >= _SAME_SIGNAL:
            self.force_exit = True

    async def startup(self, sockets: list[Any] | None = None) -> None:
        if self._tls is None or sockets is None:
            await super().startup(sockets)
        else:
            await super().startup([])
            await self._listen_with_tls(sockets, self._tls)
        self.opened.set()

    async def _listen_with_tls(self, sockets: Sequence[socket.socket], tls: ssl.SSLContext) -> None:
        """As uvicorn does, with a time limit for handshakes, during which a connection is not counted."""
        config = self.config

        def create_protocol() -> asyncio.Protocol:
            protocol: asyncio.Protocol = HttpConnection(
                cast("ListeningConfig", config), self.server_state, self.lifespan.state
            )
            return protocol

        for listener in sockets:
            server = await asyncio.get_running_loop().create_server(
                create_protocol,
                sock=listener,
                ssl=tls,
                backlog=config.backlog,
                ssl_handshake_timeout=self._registry.config.timeouts.client_head,
                ssl_shutdown_timeout=_TLS_SHUTDOWN,
            )
            self.servers.append(server)

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_PER_CHECK == 0:
            now = asyncio.get_running_loop().time()
            for connection in tuple(self.server_state.connections):
                cast("TimedConnection", connection).check_deadlines(now)
            self._registry.log_refused()
        return await super().on_tick(counter)

    async def main_loop(self) -> None:
        await super().main_loop()
        await self._wait(lambda: False, self._drain_seconds)

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        ends = asyncio.get_running_loop().time() + self._grace
        await self._end_streams()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        state = self.server_state
        is_over = await self._wait(
            lambda: not (state.connections or state.tasks), ends - asyncio.get_running_loop().time()
        )
        if not is_over:
            await self._cut()
        await self.lifespan.shutdown()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if not self._listens_to_signals:
            yield
            return
        with super().capture_signals():
            yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature is uvicorn's
        if sig not in self._captured_signals:
            self._captured_signals.append(sig)
        # The signal came in between any two instructions; what follows belongs to the loop.
        self._loop.call_soon_threadsafe(self.stop)

    async def serve(self, sockets: list[Any] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    async def _end_streams(self) -> None:
        if self._closing_app is not None:
            ending = asyncio.ensure_future(self._closing_app.end_streams())
            await self._wait(ending.done, self._grace)
            ending.cancel()

    async def _cut(self) -> None:
        """Close the connections that are left, which ends the work for them, as when their clients leave."""
        state = self.server_state
        _log.warning("server.requests_cut", connections=len(state.connections), grace=self._grace)
        for connection in tuple(state.connections):
            connection.transport.abort()
        seconds, self.force_exit = _AFTER_CUT, False
        await self._wait(lambda: not state.tasks, seconds)

    async def _wait(self, is_over: Callable[[], bool], seconds: float) -> bool:
        """Whether it was over within that time; a second signal ends the waiting."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not is_over():
            if self.force_exit or loop.time() >= until:
                return False
            await self._clock.sleep(_LOOK_AGAIN)
        return True


def build_server(
    app: Any,
    *,
    grace: float,
    drain_seconds: float = 0.0,
    listens_to_signals: bool = True,
    websocket_compression: bool = False,
    read_config: ConfigSource = RouterConfig,
    note_refusal: NoteRefusal | None = None,
    tls: ssl.SSLContext | None = None,
    **options: Any,
) -> OrderlyServer:
    """A server for the application, by the protocols that routers speak, with `tls` HTTPS and WSS only.

    `options` are uvicorn's.

    Connections are bounded by the configuration that `read_config` returns, by default the defaults. `note_refusal` is
    called with what is refused before the application sees it, and the address of the client.
    """
    # Its lines about start and end repeat what the router says itself, once for each server of the process.
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = ListeningConfig(
        app,
        ConnectionRegistry(read_config, note_refusal),
        tls=tls,
        http=HttpConnection,
        ws=WebSocketConnection,
        ws_per_message_deflate=websocket_compression,
        lifespan="on",
        log_config=None,
        server_header=False,
        date_header=False,
        **options,
    )
    return OrderlyServer(config, grace=grace, drain_seconds=drain_seconds, listens_to_signals=listens_to_signals)


def run_router(
    config: RouterConfig,
    *,
    config_file: Path | None = None,
    read_config: ReadConfig | None = None,
    limiter: Limiter | None = None,
    denylist: Denylist | None = None,
    response_cache: BatchCache | None = None,
    supergraph_name: str | None = None,
) -> None:
    """Serve the supergraph file that the configuration names until the process receives SIGTERM or SIGINT.

    The configuration in `config_file` is read again by `read_config` when the file changes and on SIGHUP. `limiter`,
    `denylist` and `response_cache` are what several routers share, as `build_router_app` takes them. `supergraph_name`
    is what the greeting calls the supergraph, instead of its file. Raises ConfigurationInvalid, SupergraphInvalid and
    CannotListen before anything is served.
    """
    if config.supergraph is None:
        raise ConfigurationInvalid("Which supergraph to serve is not said. Set `supergraph` or pass --supergraph FILE.")
    server = config.server
    configure_logging(json=server.json_logs, level=server.log_level)
    raise_open_files_limit()
    clock = SystemClock()
    tls = build_server_tls(server.tls)
    sdl = read_file(config.supergraph).decode()
    try:
        app = build_router_app(
            config,
            sdl,
            clock=clock,
            limiter=limiter,
            denylist=denylist,
            response_cache=response_cache,
            environ=os.environ,
            on_retired=_tidy_memory,
        )
    except SupergraphInvalid as error:
        raise SupergraphInvalid(f"{config.supergraph}: {error.message}") from error
    _tidy_memory()
    gc.set_threshold(50_000, 20, 100)
    orderly = build_server(
        app,
        grace=server.graceful_shutdown,
        drain_seconds=server.drain_seconds,
        websocket_compression=server.websocket_compression,
        read_config=lambda: app.config,
        note_refusal=app.security.note,
        tls=tls,
        ws_max_size=config.limits.max_websocket_message_bytes,
        access_log=server.access_log,
        timeout_keep_alive=server.keep_alive,
        # `server.trusted_proxies` says whose X-Forwarded-For counts; uvicorn would believe every local process.
        proxy_headers=False,
        loop="uvloop" if find_spec("uvloop") is not None else "asyncio",
    )
    reloader = Reloader(app, config_file, read_config, clock, tls)
    # Before anything is served: a process that cannot be reached or measured must not look healthy.
    listeners = listen(server.host, server.port, "set server.port or --port to another one")
    metrics = _listen_for_metrics(app)

    def announce() -> None:
        origin = print_origin(server.host, listeners[0], is_secure=tls is not None)
        scraped = None if metrics is None else print_origin(config.observability.metrics.host, metrics.listeners[0])
        greeting = build_greeting(config, origin, scraped, app.snapshot.urls, supergraph_name or str(config.supergraph))
        if sys.stdout.isatty() and not server.json_logs:
            sys.stdout.write(f"{greeting.print()}\n")
            sys.stdout.flush()
        else:
            greeting.log()

    try:
        with asyncio.Runner(loop_factory=orderly.config.get_loop_factory()) as runner:
            runner.run(_serve(orderly, listeners, reloader, metrics, announce))
    except KeyboardInterrupt:
        # The signal that ended the server, passed on to the process by then.
        return


@dataclass(frozen=True, slots=True)
class _MetricsServer:
    """The server of the metrics, and the sockets that it will listen on."""

    server: OrderlyServer
    listeners: Sequence[socket.socket]


def _listen_for_metrics(app: RouterApp) -> _MetricsServer | None:
    section = app.config.observability.metrics
    if app.metrics is None or section.port is None:
        return None
    remedy = "set observability.metrics.port to another one, or to null for the port of GraphQL"
    listeners = listen(section.host, section.port, remedy)
    site = MetricsSite(app.metrics, section.path)
    return _MetricsServer(build_server(site, grace=0, listens_to_signals=False, access_log=False), listeners)


async def _serve(
    server: OrderlyServer,
    listeners: Sequence[socket.socket],
    reloader: Reloader,
    metrics: _MetricsServer | None,
    announce: Callable[[], None],
) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reloader.ask)
    watching = asyncio.create_task(reloader.run())
    scraped = None if metrics is None else asyncio.create_task(metrics.server.serve(list(metrics.listeners)))
    announcing = asyncio.create_task(_announce(server, announce))
    try:
        await server.serve(list(listeners))
    finally:
        if metrics is not None and scraped is not None:
            metrics.server.stop()
            await scraped
        watching.cancel()
        announcing.cancel()
        await asyncio.gather(watching, announcing, return_exceptions=True)


async def _announce(server: OrderlyServer, announce: Callable[[], None]) -> None:
    await server.opened.wait()
    if server.started:
        announce()


def _tidy_memory() -> None:
    """Leave the supergraph out of every collection, and collect seldom: requests leave next to no cycles behind."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
