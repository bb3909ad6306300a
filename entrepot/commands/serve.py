"""`entrepot serve`: the whole shop in one process on PostgreSQL, for production."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import socket
import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from entrepot.router.app.listening import listen, print_origin
from entrepot.wiring.serving import loop_factory

if TYPE_CHECKING:
    from entrepot.router.app import RouterApp
    from entrepot.router.app.serve import OrderlyServer
    from entrepot.router.config import RouterConfig
    from entrepot.wiring.single import SingleShop
    from entrepot.wiring.standby import StandbyApp

Listeners = Sequence[socket.socket]

_COLLECTED_SELDOM: Final = (50_000, 20, 100)


def run(arguments: argparse.Namespace) -> int:
    """Stand by until this process leads, then serve until a signal ends it."""
    from entrepot.router.app.tls import build_server_tls
    from entrepot.shared.telemetry import configure_logging
    from entrepot.wiring.router_settings import read_router_settings
    from entrepot.wiring.single import SingleShop
    from entrepot.wiring.single_settings import read_single

    config = read_router_settings(arguments.config, arguments.host, arguments.port, os.environ)
    configure_logging(json=config.server.json_logs, level=config.server.log_level)
    tls = build_server_tls(config.server.tls)
    settings = read_single(os.environ, arguments.database_url, arguments.data)
    with ExitStack() as opened:
        # Before the rest, which takes a while.
        listeners = _listen(opened, config.server.host, config.server.port, "choose another port with --port")
        section = config.observability.metrics
        metrics: Listeners = []
        if section.enabled and section.port is not None:
            metrics = _listen(opened, section.host, section.port, "set observability.metrics.port to another one")
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            shop = SingleShop(settings, config)
            # Schemas and plans live as long as the process: no collection need look at them.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*_COLLECTED_SELDOM)
            runner.run(_run(shop, config, listeners, metrics, tls))
    return 0


def _listen(opened: ExitStack, host: str, port: int, remedy: str) -> Listeners:
    listeners = listen(host, port, remedy)
    for listener in listeners:
        opened.enter_context(listener)
    return listeners


async def _run(
    shop: SingleShop, config: RouterConfig, listeners: Listeners, metrics: Listeners, tls: ssl.SSLContext | None
) -> None:
    from entrepot.router.app.serve import build_server

    scraped = build_server(shop.build_metrics_app(), grace=0, listens_to_signals=False, access_log=False)
    scraping = asyncio.create_task(scraped.serve(list(metrics))) if metrics else None
    try:
        await _serve(shop, config, listeners, tls)
    finally:
        if scraping is not None:
            scraped.stop()
            await scraping


async def _serve(shop: SingleShop, config: RouterConfig, listeners: Listeners, tls: ssl.SSLContext | None) -> None:
    from entrepot.wiring.standby import StandbyApp

    try:
        await shop.prepare()
        app = StandbyApp(shop.app)
        server = _build_server(app, shop.router, tls)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, server.stop)
        serving = asyncio.create_task(server.serve(list(listeners)))
        leading = asyncio.create_task(
            _lead(shop, app, print_origin(config.server.host, listeners[0], is_secure=tls is not None))
        )
        try:
            await asyncio.wait((serving, leading), return_when=asyncio.FIRST_COMPLETED)
            if leading.done():
                # What is under way cannot be finished: the databases are another process's.
                server.force_exit = True
                server.stop()
            await serving
        finally:
            leading.cancel()
            await asyncio.gather(leading, return_exceptions=True)
        if not leading.cancelled():
            leading.result()
    finally:
        await shop.close()


async def _lead(shop: SingleShop, app: StandbyApp, origin: str) -> None:
    """Wait to lead, then do so; raises what ends that."""
    print(f"Entrepot stands by at {origin.partition('://')[2]}.", flush=True)
    await shop.stand_by()
    keeping = asyncio.create_task(shop.keep())
    opening = asyncio.create_task(shop.open())
    try:
        await asyncio.wait((keeping, opening), return_when=asyncio.FIRST_COMPLETED)
        if not keeping.done():
            await opening
            app.begin_serving()
            print(f"Entrepot serves at {origin}/graphql (epoch {shop.leadership.epoch}).", flush=True)
        await keeping
    finally:
        for task in (keeping, opening):
            task.cancel()
        await asyncio.gather(keeping, opening, return_exceptions=True)


def _build_server(app: StandbyApp, router: RouterApp, tls: ssl.SSLContext | None) -> OrderlyServer:
    from entrepot.router.app.connections.open_files import raise_open_files_limit
    from entrepot.router.app.serve import build_server

    raise_open_files_limit()
    server = router.config.server
    return build_server(
        app,
        grace=server.graceful_shutdown,
        drain_seconds=server.drain_seconds,
        listens_to_signals=False,
        websocket_compression=server.websocket_compression,
        read_config=lambda: router.config,
        note_refusal=router.security.note,
        ws_max_size=router.config.limits.max_websocket_message_bytes,
        access_log=server.access_log,
        timeout_keep_alive=server.keep_alive,
        proxy_headers=False,
        tls=tls,
    )
