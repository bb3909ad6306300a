"""`entrepot router`: the router alone, over any supergraph."""

from __future__ import annotations

import argparse
from pathlib import Path

from entrepot.serving import read_port


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--supergraph", metavar="FILE", help="the supergraph file, SDL")
    parser.add_argument("--config", metavar="FILE", type=Path, help="the router's configuration, YAML")
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=read_port, help="port to listen on")


def run(arguments: argparse.Namespace) -> int:
    """Serve until the process is told to end."""
    from router.__main__ import serve

    serve(arguments.config, arguments.supergraph, arguments.host, arguments.port)
    return 0
