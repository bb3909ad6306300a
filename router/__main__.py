"""`python -m router`: serve a supergraph file; the same as `entrepot router`."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from entrepot.router.app import run_router
from entrepot.router.app.build import read_file
from entrepot.router.config import RouterConfig, load_config, print_config
from entrepot.router.errors import InternalError
from entrepot.router.pipeline.execution.subgraph_urls import override_urls
from entrepot.router.supergraph import read_supergraph
from entrepot.shared.auth import Denylist
from entrepot.shared.caching import BatchCache, Limiter

_HIGHEST_PORT: Final = 65535


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 1, and the reason on standard error, when it cannot start."""
    options = _build_parser().parse_args(arguments)
    try:
        if options.print_config:
            config = read_config(options.config, options.supergraph, options.host, options.port)
            sys.stdout.write(print_config(show_urls(config, os.environ)))
            return 0
        serve(options.config, options.supergraph, options.host, options.port)
    except InternalError as error:
        sys.stderr.write(f"{error.code}: {error.message}\n")
        return 1
    return 0


def serve(
    config_file: Path | None,
    supergraph: str | None,
    host: str | None,
    port: int | None,
    *,
    limiter: Limiter | None = None,
    denylist: Denylist | None = None,
    response_cache: BatchCache | None = None,
    supergraph_name: str | None = None,
    is_recomposed: bool = False,
) -> None:
    """Serve as the file and the command line say, and as they say later on when the file has changed.

    `limiter`, `denylist` and `response_cache` are what several routers share. `supergraph_name` is the supergraph's
    name in the greeting; where it `is_recomposed` its file is watched whatever the configuration says. Raises
    ConfigurationInvalid, SupergraphInvalid and CannotListen before anything is served.
    """

    def read() -> RouterConfig:
        config = read_config(config_file, supergraph, host, port)
        return (
            dataclasses.replace(config, reload=dataclasses.replace(config.reload, watch=True))
            if is_recomposed
            else config
        )

    run_router(
        read(),
        config_file=config_file,
        read_config=read,
        limiter=limiter,
        denylist=denylist,
        response_cache=response_cache,
        supergraph_name=supergraph_name,
    )


def read_config(config_file: Path | None, supergraph: str | None, host: str | None, port: int | None) -> RouterConfig:
    """What holds by the file and the command line; raises ConfigurationInvalid."""
    config = load_config(config_file, os.environ) if config_file else RouterConfig()
    return apply_options(config, supergraph, host, port)


def show_urls(config: RouterConfig, environ: Mapping[str, str]) -> RouterConfig:
    """The configuration with the URLs of subgraphs that the environment says, where there is a supergraph to name them.

    Raises SupergraphInvalid, and ConfigurationInvalid for a file that cannot be read.
    """
    if config.supergraph is None or not Path(config.supergraph).exists():
        return config
    supergraph = read_supergraph(read_file(config.supergraph).decode())
    names = [subgraph.name for subgraph in supergraph.subgraphs.values()]
    return dataclasses.replace(
        config, override_subgraph_urls=override_urls(names, config.override_subgraph_urls, environ)
    )


def apply_options(config: RouterConfig, supergraph: str | None, host: str | None, port: int | None) -> RouterConfig:
    """The configuration with what the command line says instead; None leaves what is configured."""
    server = config.server
    return dataclasses.replace(
        config,
        supergraph=supergraph or config.supergraph,
        server=dataclasses.replace(server, host=host or server.host, port=server.port if port is None else port),
    )


def _read_port(text: str) -> int:
    if not text.isdecimal() or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a whole number from 0 to {_HIGHEST_PORT}")
    return int(text)


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="router", description="Serve a Federation 2 supergraph.")
    parser.add_argument("--supergraph", metavar="FILE", help="supergraph to serve, SDL")
    parser.add_argument("--config", metavar="FILE", type=Path, help="configuration of the router, YAML")
    parser.add_argument("--host", help="address to listen on, instead of server.host")
    parser.add_argument("--port", type=_read_port, help="port to listen on, 0 for any free one")
    parser.add_argument(
        "--print-config", action="store_true", help="print the effective configuration, secrets masked, and exit"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
