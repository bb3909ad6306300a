"""`entrepot dev`: the embedded shop behind a real HTTP server, with demo data, for one's own machine."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import os
import socket
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvicorn

from entrepot.demo.pictures import PictureServer
from entrepot.demo.preparing import prepare_demo_data
from entrepot.router.config import (
    IdentityConfig,
    ObservabilityConfig,
    QueryPlanConfig,
    RouterConfig,
    ServerConfig,
    SubscriptionsConfig,
)
from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.telemetry import configure_logging
from entrepot.subgraphs.accounts.seeds import DEMO_USERS
from entrepot.wiring import storefront
from entrepot.wiring.demo import FIRST_QUERY, build_explorer
from entrepot.wiring.embedded import EmbeddedShop, Prepare
from entrepot.wiring.serving import listen, port_of, read_port, serve_until_told
from entrepot.wiring.tracing import UNTRACED, TracingSection, build_router_tracing, read_tracing

_DEFAULT_FOLDER: Final = Path("data")
_LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=read_port, default=4000, help="port of the graph (default: %(default)s)")
    parser.add_argument(
        "--data", type=Path, default=_DEFAULT_FOLDER, metavar="DIR", help="where data is kept (default: ./data)"
    )
    parser.add_argument("--no-seed", action="store_true", help="begin without demo data and demo logins")
    parser.add_argument(
        "--subgraphs-port",
        type=read_port,
        metavar="PORT",
        help="also serve each subgraph at http://HOST:PORT/NAME/graphql, for another router in front",
    )
    parser.add_argument(
        "--log-level",
        type=str.upper,
        choices=_LOG_LEVELS,
        default="WARNING",
        help="least level of what is logged (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until the process is told to end."""
    if not arguments.no_seed and not _is_loopback(arguments.host):
        raise SettingsInvalid(
            f"Demo logins are served on loopback only, not on {arguments.host}. Add --no-seed, or leave --host out."
        )
    configure_logging(json=False, level=arguments.log_level)
    with asyncio.Runner(loop_factory=uvicorn.Config(app=_no_app, log_config=None).get_loop_factory()) as runner:
        runner.run(_serve(arguments))
    return 0


async def _serve(arguments: argparse.Namespace) -> None:
    is_demo = not arguments.no_seed
    # Before the shop, which takes a while to open.
    listener = listen(arguments.host, arguments.port, "--port")
    own_listener = _listen_for_subgraphs(arguments)
    shop = _build_shop(arguments.data, is_demo=is_demo)
    print(f"Opening the shop, with its data in {arguments.data} ...", flush=True)
    try:
        tracing = read_tracing(os.environ)
        config = build_config(arguments.host, port_of(listener), is_demo=is_demo, tracing=tracing)
        prepare = _choose_preparation(shop, arguments.data, is_demo=is_demo)
        await shop.open(storefront.register_documents(config), prepare=prepare)
        app = storefront.mount(PictureServer(shop.router), config.server.path)
        apps: list[tuple[Any, socket.socket]] = [(app, listener)]
        if own_listener is not None:
            apps.append((shop.build_subgraph_apps(), own_listener))

        def announce() -> None:
            print(_greeting(arguments.host, listener, own_listener, is_demo=is_demo), flush=True)

        await serve_until_told(apps, announce)
        print("\nClosing the shop ...", flush=True)
    finally:
        await shop.close()
    print("Closed.", flush=True)


def _listen_for_subgraphs(arguments: argparse.Namespace) -> socket.socket | None:
    if arguments.subgraphs_port is None:
        return None
    return listen(arguments.host, arguments.subgraphs_port, "--subgraphs-port")


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
    return lambda processes: prepare_demo_data(processes, folder, shop.seams.clock, write)


def _unusable(folder: Path, reason: str) -> SettingsInvalid:
    return SettingsInvalid(f"Data cannot be kept in {folder}: {reason}. Name another folder with --data.")


def build_config(host: str, port: int, *, is_demo: bool, tracing: TracingSection = UNTRACED) -> RouterConfig:
    """The router of the embedded shop: internal identity, subscriptions by server-sent events, plans for everyone."""
    return RouterConfig(
        server=ServerConfig(host=host, port=port),
        identity=IdentityConfig(mode="internal"),
        subscriptions=SubscriptionsConfig(protocol="sse"),
        query_plan=QueryPlanConfig(expose="on"),
        explorer=build_explorer(is_demo=is_demo),
        observability=ObservabilityConfig(tracing=build_router_tracing(tracing)),
    )


async def _no_app(_scope: Any, _receive: Any, _send: Any) -> None:
    """Nothing: only the choice of the event loop is asked for."""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _greeting(host: str, listener: socket.socket, own_listener: socket.socket | None, *, is_demo: bool) -> str:
    lines = [f"Entrepot is open at {_origin(host, listener)}/graphql (a browser shows the explorer)."]
    if storefront.is_built():
        lines.append(f"Its storefront is at {_origin(host, listener)}/")
    if own_listener is not None:
        lines.append(f"Subgraphs answer at {_origin(host, own_listener)}/NAME/graphql.")
    if is_demo:
        lines += ["", "Demo logins:"]
        lines += [f"  {user.email:<22} {user.password}   {user.label}" for user in DEMO_USERS]
        lines += ["", "A first query:", "", *(f"  {line}" for line in FIRST_QUERY.splitlines())]
    return "\n".join(["", *lines, "", "Ctrl+C closes it."])


def _origin(host: str, listener: socket.socket) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port_of(listener)}"
