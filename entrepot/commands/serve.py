"""`entrepot serve`: the whole shop in one process on PostgreSQL, for production."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from entrepot.wiring.serving import listen, loop_factory, port_of, read_port

if TYPE_CHECKING:
    from entrepot.router.app.serve import OrderlyServer
    from entrepot.router.config import RouterConfig
    from entrepot.wiring.single import SingleShop
    from entrepot.wiring.standby import StandbyApp

_COLLECTED_SELDOM: Final = (50_000, 20, 100)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="the server, as postgresql://:PASSWORD@HOST:5432; each subgraph has its own role and database on it, "
        "which `entrepot databases` makes (default: ENTREPOT_DATABASE_URL, or the file ENTREPOT_DATABASE_URL_FILE)",
    )
    parser.add_argument("--host", help="address to listen on (default: that of --config, else 127.0.0.1)")
    parser.add_argument("--port", type=read_port, help="port of the graph (default: that of --config, else 4000)")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="where signing keys and archives are kept, shared with the standby (default: ENTREPOT_SHOP_FOLDER, "
        "else ./data)",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="the router's settings, YAML")


def run(arguments: argparse.Namespace) -> int:
    """Stand by until this process leads, then serve until it is told to end."""
    from entrepot.shared.telemetry import configure_logging
    from entrepot.wiring.router_settings import read_router_settings
    from entrepot.wiring.single import SingleShop
    from entrepot.wiring.single_settings import read_single

    config = read_router_settings(arguments.config, arguments.host, arguments.port, os.environ)
    configure_logging(json=config.server.json_logs, level=config.server.log_level)
    settings = read_single(os.environ, arguments.database_url, arguments.data)
    with ExitStack() as listeners:
        # Before the rest, which takes a while.
        listener = listeners.enter_context(listen(config.server.host, config.server.port, "--port"))
        section = config.observability.metrics
        metrics = None
        if section.enabled and section.port is not None:
            metrics = listeners.enter_context(listen(section.host, section.port, "observability.metrics.port"))
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            shop = SingleShop(settings, config)
            # Schemas and plans live as long as the process: no collection need look at them.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*_COLLECTED_SELDOM)
            runner.run(_run(shop, config, listener, metrics))
    return 0


async def _run(shop: SingleShop, config: RouterConfig, listener: socket.socket, metrics: socket.socket | None) -> None:
    from entrepot.router.app.serve import build_server

    scraped = build_server(shop.build_metrics_app(), grace=0, listens_to_signals=False, access_log=False)
    scraping = None if metrics is None else asyncio.create_task(scraped.serve([metrics]))
    try:
        await _serve(shop, config, listener)
    finally:
        if scraping is not None:
            scraped.stop()
            await scraping


async def _serve(shop: SingleShop, config: RouterConfig, listener: socket.socket) -> None:
    from entrepot.wiring.standby import StandbyApp

    try:
        await shop.prepare()
        app = StandbyApp(shop.router)
        server = _build_server(app, config)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, server.stop)
        serving = asyncio.create_task(server.serve([listener]))
        leading = asyncio.create_task(_lead(shop, app, f"{config.server.host}:{port_of(listener)}"))
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


async def _lead(shop: SingleShop, app: StandbyApp, address: str) -> None:
    """Wait to lead, then do so; raises what ends that."""
    print(f"Entrepot stands by at {address}.", flush=True)
    await shop.stand_by()
    keeping = asyncio.create_task(shop.keep())
    opening = asyncio.create_task(shop.open())
    try:
        await asyncio.wait((keeping, opening), return_when=asyncio.FIRST_COMPLETED)
        if not keeping.done():
            await opening
            app.begin_serving()
            print(f"Entrepot serves at http://{address}/graphql (epoch {shop.leadership.epoch}).", flush=True)
        await keeping
    finally:
        for task in (keeping, opening):
            task.cancel()
        await asyncio.gather(keeping, opening, return_exceptions=True)


def _build_server(app: StandbyApp, config: RouterConfig) -> OrderlyServer:
    from entrepot.router.app.serve import build_server

    server = config.server
    return build_server(
        app,
        grace=server.graceful_shutdown,
        drain_seconds=server.drain_seconds,
        listens_to_signals=False,
        socket_compression=server.socket_compression,
        ws_max_size=config.limits.socket_message_bytes,
        access_log=server.access_log,
        timeout_keep_alive=server.keep_alive,
        proxy_headers=False,
    )
