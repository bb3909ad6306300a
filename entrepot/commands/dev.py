"""`entrepot dev`: the embedded shop behind a real HTTP server, with demo data, for one's own machine."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvicorn

from entrepot.demo.pictures import PictureServer
from entrepot.demo.preparing import prepare_demo_data
from entrepot.router.app.connections.open_files import raise_open_files_limit
from entrepot.router.app.listening import listen, print_origin
from entrepot.router.app.tls import build_server_tls
from entrepot.router.config import RouterConfig
from entrepot.router.web.pages.metrics import MetricsSite
from entrepot.shared.collection import paused_collection
from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.telemetry import configure_logging
from entrepot.subgraphs.accounts.seeds import DEMO_USERS
from entrepot.wiring import storefront
from entrepot.wiring.demo import FIRST_QUERY
from entrepot.wiring.dev_settings import apply_file, build_config, is_loopback
from entrepot.wiring.embedded import EmbeddedShop, Prepare
from entrepot.wiring.serving import serve_until_told
from entrepot.wiring.storefront_graph import PATH as STOREFRONT_PATH
from entrepot.wiring.tracing import read_tracing

__all__ = ["build_config", "run"]

_METRICS_REMEDY: Final = "set observability.metrics.port to another one, or to null for the port of the graph"

Listeners = Sequence[socket.socket]


def run(arguments: argparse.Namespace) -> int:
    """Serve until the process receives a signal to stop."""
    if not arguments.no_seed and not is_loopback(arguments.host):
        raise SettingsInvalid(
            f"Demo logins are served on loopback only, not on {arguments.host}. Add --no-seed, or leave --host out."
        )
    configure_logging(json=False, level=arguments.log_level)
    raise_open_files_limit()
    # Before the port and the shop: a mistake in the file is reported at once.
    config = _build_config(arguments)
    with asyncio.Runner(loop_factory=uvicorn.Config(app=_no_app, log_config=None).get_loop_factory()) as runner:
        runner.run(_serve(arguments, config))
    return 0


def _build_config(arguments: argparse.Namespace) -> RouterConfig:
    own = build_config(arguments.host, arguments.port, is_demo=not arguments.no_seed, tracing=read_tracing(os.environ))
    return own if arguments.config is None else apply_file(own, arguments.config, os.environ)


async def _serve(arguments: argparse.Namespace, config: RouterConfig) -> None:
    is_demo = not arguments.no_seed
    # Before the shop, which takes a while to open.
    tls = build_server_tls(config.server.tls)
    listeners = listen(arguments.host, arguments.port, "choose another port with --port")
    own_listeners = _listen_for_subgraphs(arguments)
    metrics = config.observability.metrics
    scraped = (
        listen(metrics.host, metrics.port, _METRICS_REMEDY) if metrics.enabled and metrics.port is not None else []
    )
    shop = _build_shop(arguments.data, is_demo=is_demo)
    print(f"Opening the shop, with its data in {arguments.data} ...", flush=True)
    try:
        prepare = _choose_preparation(shop, arguments.data, is_demo=is_demo)
        with paused_collection():
            await shop.open(config, prepare=prepare)
        app = storefront.mount(PictureServer(shop.app), config.server.path)
        apps: list[tuple[Any, Listeners]] = [(app, listeners)]
        if own_listeners:
            apps.append((shop.build_subgraph_apps(), own_listeners))
        if scraped and shop.router.metrics is not None:
            apps.append((MetricsSite(shop.router.metrics, metrics.path), scraped))

        def announce() -> None:
            print(_greeting(config, arguments.host, listeners, own_listeners, scraped, is_demo=is_demo), flush=True)

        await serve_until_told(apps, announce, router=shop.router, tls=tls)
        print("\nClosing the shop ...", flush=True)
    finally:
        await shop.close()
    print("Closed.", flush=True)


def _listen_for_subgraphs(arguments: argparse.Namespace) -> Listeners:
    if arguments.subgraphs_port is None:
        return []
    return listen(arguments.host, arguments.subgraphs_port, "choose another port with --subgraphs-port")


def _build_shop(folder: Path, *, is_demo: bool) -> EmbeddedShop:
    try:
        shop = EmbeddedShop(folder, is_demo=is_demo)
    except OSError as error:
        raise _unusable(folder, error.strerror or str(error)) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unusable(folder, "Permission denied")
    return shop


def _choose_preparation(shop: EmbeddedShop, folder: Path, *, is_demo: bool) -> Prepare | None:
    if not is_demo:
        return None
    write = partial(print, flush=True)
    return lambda processes: prepare_demo_data(processes, folder, shop.environment.clock, write)


def _unusable(folder: Path, reason: str) -> SettingsInvalid:
    return SettingsInvalid(f"Data cannot be kept in {folder}: {reason}. Name another folder with --data.")


async def _no_app(_scope: Any, _receive: Any, _send: Any) -> None:
    """Nothing: only the choice of the event loop is asked for."""


def _greeting(
    config: RouterConfig, host: str, listeners: Listeners, own: Listeners, scraped: Listeners, *, is_demo: bool
) -> str:
    origin = print_origin(host, listeners[0], is_secure=config.server.tls is not None)
    page = " (a browser shows the explorer)" if config.explorer.enabled else ""
    lines = [f"Entrepot is open at {origin}{config.server.path}{page}."]
    lines.append(f"Storefronts find the graph without staff and operations at {origin}{STOREFRONT_PATH}.")
    if storefront.is_built():
        lines.append(f"Its storefront is at {origin}/")
    if own:
        lines.append(f"Subgraphs answer at {print_origin(host, own[0])}/NAME/graphql.")
    metrics = config.observability.metrics
    if metrics.enabled:
        metrics_origin = print_origin(metrics.host, scraped[0]) if scraped else origin
        lines.append(f"Metrics are at {metrics_origin}{metrics.path}.")
    if config.cors.origins:
        lines.append(f"Pages of {', '.join(config.cors.origins)} may call it.")
    if is_demo:
        lines += ["", "Demo logins:"]
        lines += [f"  {user.email:<22} {user.password}   {user.label}" for user in DEMO_USERS]
        lines += ["", "A first query:", "", *(f"  {line}" for line in FIRST_QUERY.splitlines())]
    return "\n".join(["", *lines, "", "Ctrl+C closes it."])
