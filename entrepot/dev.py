"""`entrepot dev`: the embedded shop behind a real HTTP server, with demo data, for one's own machine."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import socket
from pathlib import Path
from typing import Any, Final

import uvicorn

from entrepot.demo import FIRST_QUERY, build_explorer
from entrepot.embedded import EmbeddedShop
from router.config import IdentityConfig, QueryPlanConfig, RouterConfig, ServerConfig, SubscriptionsConfig
from shared.errors import SettingsInvalid
from shared.telemetry import configure_logging
from subgraphs.accounts.seeds import DEMO_USERS

_DEFAULT_FOLDER: Final = Path("data")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=4000, help="port of the graph (default: %(default)s)")
    parser.add_argument(
        "--data", type=Path, default=_DEFAULT_FOLDER, metavar="DIR", help="where data is kept (default: ./data)"
    )
    parser.add_argument("--no-seed", action="store_true", help="begin without demo data and demo logins")
    parser.add_argument(
        "--subgraphs-port",
        type=int,
        metavar="PORT",
        help="also serve each subgraph at http://HOST:PORT/NAME/graphql, for another router in front",
    )
    parser.add_argument("--log-level", default="WARNING", help="least level of what is logged (default: %(default)s)")


def run(arguments: argparse.Namespace) -> int:
    """Serve until the process is told to end."""
    if not arguments.no_seed and not _is_loopback(arguments.host):
        raise SettingsInvalid(
            f"Demo logins are served on loopback only, not on {arguments.host}. Add --no-seed, or leave --host out."
        )
    configure_logging(json=False, level=arguments.log_level.upper())
    uvicorn_loop = uvicorn.Config(app=_no_app, loop="auto").get_loop_factory()
    with asyncio.Runner(loop_factory=uvicorn_loop) as runner:
        runner.run(_serve(arguments))
    return 0


async def _serve(arguments: argparse.Namespace) -> None:
    is_demo = not arguments.no_seed
    shop = EmbeddedShop(arguments.data, is_demo=is_demo)
    print("Opening the shop ...", flush=True)
    try:
        await shop.open(build_config(arguments.host, arguments.port, is_demo=is_demo))
        servers = [_Server(shop.router, arguments.host, arguments.port)]
        if arguments.subgraphs_port is not None:
            servers.append(_Server(shop.build_subgraph_apps(), arguments.host, arguments.subgraphs_port))
        serving = [asyncio.create_task(server.serve()) for server in servers]
        opened = asyncio.gather(*(server.opened.wait() for server in servers))
        await asyncio.wait([*serving, opened], return_when=asyncio.FIRST_COMPLETED)
        if opened.done() and all(server.started for server in servers):
            print(_greeting(arguments, is_demo=is_demo), flush=True)
        opened.cancel()
        await asyncio.wait(serving, return_when=asyncio.FIRST_COMPLETED)
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*serving)
    finally:
        await shop.close()


def build_config(host: str, port: int, *, is_demo: bool) -> RouterConfig:
    """The router of the embedded shop: internal identity, subscriptions by server-sent events, plans for everyone."""
    return RouterConfig(
        server=ServerConfig(host=host, port=port),
        identity=IdentityConfig(mode="internal"),
        subscriptions=SubscriptionsConfig(protocol="sse"),
        query_plan=QueryPlanConfig(expose="on"),
        explorer=build_explorer(is_demo=is_demo),
    )


class _Server(uvicorn.Server):
    """One listener, which tells when it listens."""

    def __init__(self, app: Any, host: str, port: int) -> None:
        super().__init__(
            uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=5)
        )
        self.opened = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.opened.set()


async def _no_app(_scope: Any, _receive: Any, _send: Any) -> None:
    """Nothing: only the choice of the event loop is asked for."""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _greeting(arguments: argparse.Namespace, *, is_demo: bool) -> str:
    address = f"http://{arguments.host}:{arguments.port}/graphql"
    lines = [f"Entrepot is open at {address} (a browser shows the explorer)."]
    if arguments.subgraphs_port is not None:
        lines.append(f"Subgraphs answer at http://{arguments.host}:{arguments.subgraphs_port}/NAME/graphql.")
    if is_demo:
        lines += ["", "Demo logins:"]
        lines += [f"  {user.email:<22} {user.password}   {user.label}" for user in DEMO_USERS]
        lines += ["", "A first query:", "", *(f"  {line}" for line in FIRST_QUERY.splitlines())]
    return "\n".join(["", *lines, "", "Ctrl+C closes it."])
