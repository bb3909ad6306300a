"""`entrepot subgraph` and `entrepot worker`: some subgraphs in a process that answers, or in one that works."""

from __future__ import annotations

import argparse
import asyncio
import os

from entrepot.router.app.listening import listen, port_of
from entrepot.shared.config import read_settings
from entrepot.shared.telemetry import configure_logging
from entrepot.wiring.serving import loop_factory, serve_until_told


def run_subgraph(arguments: argparse.Namespace) -> int:
    """Answer for the subgraphs until the process receives a signal to stop."""
    return _run(arguments, is_worker=False)


def run_worker(arguments: argparse.Namespace) -> int:
    """Send, receive and do the jobs of the subgraphs until the process receives a signal to stop."""
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
    tls = server.build_tls()
    port = server.port if arguments.port is None else arguments.port
    listeners = listen(arguments.host or server.host, port, "choose another port with --port")
    role = "worker" if is_worker else "subgraph"
    try:
        await (shop.work() if is_worker else shop.serve())
        app = shop.build_worker_app() if is_worker else shop.build_app()
        said = f"entrepot {role} {' '.join(names)}: port {port_of(listeners[0])}"
        await serve_until_told([(app, listeners)], lambda: print(said, flush=True), tls=tls)
    finally:
        await shop.close()
