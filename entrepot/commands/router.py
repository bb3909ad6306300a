"""`entrepot router`: the router alone, over any supergraph, or over subgraphs that it composes first."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Final, NoReturn

from entrepot.commands.compose import build_recomposition, write_output
from entrepot.commands.composition_report import report_text
from entrepot.router.__main__ import read_config, serve, show_urls
from entrepot.router.composition import CompositionResult
from entrepot.router.config import print_config
from entrepot.router.config.reader import STANDARD_INPUT
from entrepot.router.errors import ConfigurationInvalid
from entrepot.shared.clock import SystemClock
from entrepot.wiring.shared_state import build_shared_state
from entrepot.wiring.supergraph import CompositionInputs, compose_inputs, read_inputs

_KILLED: Final = 128
"""Added to the number of a signal, it is the exit status of what the signal ended."""


def run(arguments: argparse.Namespace) -> int:
    """Serve until the process receives a signal to stop, or only print the configuration."""
    _check_sources(arguments)
    if arguments.print_config:
        config = read_config(arguments.config, arguments.supergraph, arguments.host, arguments.port)
        print(print_config(show_urls(config, os.environ)), end="")
        return 0
    if arguments.supergraph_config is None:
        _serve(arguments, arguments.supergraph, None)
        return 0
    # Else SIGTERM would end the process without removing the folder.
    signal.signal(signal.SIGTERM, _end)
    with TemporaryDirectory(prefix="entrepot-") as folder:
        return _serve_composed(arguments, Path(folder) / "supergraph.graphql")


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(_KILLED + number)


def _check_sources(arguments: argparse.Namespace) -> None:
    """Raises ConfigurationInvalid for options that do not fit together."""
    if arguments.watch and arguments.supergraph_config is None:
        raise ConfigurationInvalid(
            "--watch composes again, so it needs --supergraph-config. A supergraph file is taken over when it changes "
            "anyway (`reload.watch`)."
        )
    if arguments.watch and arguments.supergraph_config == STANDARD_INPUT:
        raise ConfigurationInvalid("--watch needs a file that can change: standard input is read once.")
    sources = (arguments.config, arguments.supergraph_config, arguments.supergraph and Path(arguments.supergraph))
    if [source for source in sources if source is not None].count(STANDARD_INPUT) > 1:
        raise ConfigurationInvalid("Only one of the options can be `-`, standard input.")


def _serve_composed(arguments: argparse.Namespace, target: Path) -> int:
    """Compose into `target` and serve it; with --watch a thread goes on composing, and the router takes it over."""
    path = arguments.supergraph_config

    def write(result: CompositionResult, inputs: CompositionInputs) -> None:
        report = report_text(result, inputs, sys.stderr)
        if report:
            print(report, file=sys.stderr, flush=True)
        if result.supergraph_sdl is not None:
            write_output(result.supergraph_sdl, target)
            print(f"Composed {path}: {len(inputs.subgraphs)} subgraphs.", file=sys.stderr, flush=True)

    name = f"composed from {path}"
    if not arguments.watch:
        inputs = read_inputs(path, sdl_timeout=arguments.sdl_timeout)
        result = compose_inputs(inputs)
        write(result, inputs)
        if result.supergraph_sdl is None:
            return 1
        _serve(arguments, str(target), name)
        return 0
    # Before anything is composed: what is wrong with the router's own settings is no reason to wait for subgraphs.
    read_config(arguments.config, str(target), arguments.host, arguments.port)
    recomposition = build_recomposition(arguments, path, write)
    recomposition.run(until_composed=True)
    thread = threading.Thread(target=recomposition.run, name="recomposition", daemon=True)
    thread.start()
    try:
        _serve(arguments, str(target), name)
    finally:
        recomposition.stop()
        # It may be waiting for a subgraph; its folder stays until it has written what it writes.
        thread.join(arguments.sdl_timeout)
    return 0


def _serve(arguments: argparse.Namespace, supergraph: str | None, name: str | None) -> None:
    state = build_shared_state(os.environ, SystemClock())
    serve(
        arguments.config,
        supergraph,
        arguments.host,
        arguments.port,
        limiter=state.limiter,
        denylist=state.denylist,
        response_cache=state.response_cache,
        supergraph_name=name,
        is_recomposed=arguments.watch,
    )
