"""`entrepot subgraph` and `entrepot worker`: some subgraphs in a process that answers, or in one that works."""

from __future__ import annotations

import argparse
import asyncio
import os

from entrepot.shared.config import read_settings
from entrepot.shared.telemetry import configure_logging
from entrepot.subgraphs.registry import SUBGRAPHS
from entrepot.wiring.serving import listen, loop_factory, read_port, serve_until_told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="+", metavar="NAME", choices=SUBGRAPHS, help=f"of {', '.join(SUBGRAPHS)}")
    parser.add_argument("--host", help="address to listen on (default: ENTREPOT_SERVER_HOST)")
    parser.add_argument("--port", type=read_port, help="port to listen on (default: ENTREPOT_SERVER_PORT)")


def run_subgraph(arguments: argparse.Namespace) -> int:
    """Answer for the subgraphs until the process is told to end."""
    return _run(arguments, is_worker=False)


def run_worker(arguments: argparse.Namespace) -> int:
    """Send, receive and do the jobs of the subgraphs until the process is told to end."""
    return _run(arguments, is_worker=True)


def _run(arguments: argparse.Namespace, *, is_worker: bool) -> int:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve(arguments, is_worker=is_worker))
    return 0


async def _serve(arguments: argparse.Namespace, *, is_worker: bool) -> None:
    from entrepot.wiring.distributed import DistributedShop
    from entrepot.wiring.distributed_settings import ServerSettings

    server = read_settings(ServerSettings, os.environ, "ENTREPOT_SERVER")
    configure_logging(json=server.json_logs, level=server.log_level)
    names = tuple(dict.fromkeys(arguments.names))
    shop = DistributedShop(names, os.environ)
    port = server.port if arguments.port is None else arguments.port
    listener = listen(arguments.host or server.host, port, "--port")
    role = "worker" if is_worker else "subgraph"
    try:
        await (shop.work() if is_worker else shop.serve())
        app = shop.build_worker_app() if is_worker else shop.build_app()
        said = f"entrepot {role} {' '.join(names)}: port {listener.getsockname()[1]}"
        await serve_until_told([(app, listener)], lambda: print(said, flush=True))
    finally:
        await shop.close()
