"""`entrepot router`: the router alone, over any supergraph."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from entrepot.wiring.serving import read_port


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--supergraph", metavar="FILE", help="the supergraph file, SDL")
    parser.add_argument("--config", metavar="FILE", type=Path, help="the router's configuration, YAML")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=read_port, help="port to listen on")
    parser.add_argument("--print-config", action="store_true", help="print what holds, secrets masked, and end")


def run(arguments: argparse.Namespace) -> int:
    """Serve until the process is told to end, or only print the configuration."""
    from entrepot.router.__main__ import read_config, serve, show_urls
    from entrepot.router.config import print_config
    from entrepot.shared.clock import SystemClock
    from entrepot.wiring.shared_state import build_shared_state

    if arguments.print_config:
        config = read_config(arguments.config, arguments.supergraph, arguments.host, arguments.port)
        print(print_config(show_urls(config, os.environ)), end="")
        return 0
    state = build_shared_state(os.environ, SystemClock())
    serve(
        arguments.config,
        arguments.supergraph,
        arguments.host,
        arguments.port,
        limiter=state.limiter,
        denylist=state.denylist,
        response_cache=state.response_cache,
    )
    return 0
