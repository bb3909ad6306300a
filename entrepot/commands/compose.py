"""`entrepot compose`: subgraphs as a supergraph, once or whenever they change."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from entrepot.commands.composition_report import print_failure, report_json, report_text
from entrepot.router.composition import CompositionResult
from entrepot.router.config.reader import STANDARD_INPUT
from entrepot.router.errors import ConfigurationInvalid
from entrepot.wiring.recomposition import Recomposition
from entrepot.wiring.supergraph import CompositionInputs, compose_inputs, contract_of, read_inputs


def run_compose(arguments: argparse.Namespace) -> int:
    """Compose what the configuration lists, as a contract where tags are given; 1 when it does not compose."""
    if arguments.watch:
        return _watch(arguments)
    inputs = read_inputs(arguments.config, sdl_timeout=arguments.sdl_timeout)
    result = _narrow(compose_inputs(inputs), arguments)
    _report(result, inputs, arguments)
    if result.supergraph_sdl is None:
        return 1
    write_output(result.supergraph_sdl, arguments.output)
    return 0


def write_output(text: str, output: Path | None) -> None:
    """Write a file as a whole, or print where there is none."""
    if output is None or output == STANDARD_INPUT:
        print(text, flush=True)
    elif output.exists() and not output.is_file():
        # A pipe or a device, which nothing can be put in the place of.
        output.write_text(text, encoding="utf-8")
    else:
        part = output.with_name(f".{output.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(output)


def _watch(arguments: argparse.Namespace) -> int:
    if arguments.config == STANDARD_INPUT:
        raise ConfigurationInvalid(
            "--watch needs a file that can change: pass --config FILE instead of standard input."
        )

    def write(result: CompositionResult, inputs: CompositionInputs) -> None:
        result = _narrow(result, arguments)
        _report(result, inputs, arguments)
        if result.supergraph_sdl is not None:
            write_output(result.supergraph_sdl, arguments.output)
            print(f"Composed {arguments.config}: {len(inputs.subgraphs)} subgraphs.", file=sys.stderr, flush=True)

    recomposition = build_recomposition(arguments, arguments.config, write)
    try:
        recomposition.run()
    except KeyboardInterrupt:
        print(file=sys.stderr)
    return 0


def build_recomposition(
    arguments: argparse.Namespace, path: Path, on_composed: Callable[[CompositionResult, CompositionInputs], None]
) -> Recomposition:
    """The watching of a `supergraph.yaml` as the options say; failures are printed."""
    return Recomposition(
        path,
        sdl_timeout=arguments.sdl_timeout,
        interval=arguments.interval,
        on_composed=on_composed,
        on_failed=lambda error: print_failure(arguments.command, error),
    )


def _narrow(result: CompositionResult, arguments: argparse.Namespace) -> CompositionResult:
    """The contract of the tags that are given; without any, all."""
    if not (arguments.include_tag or arguments.exclude_tag):
        return result
    return contract_of(
        result,
        frozenset(arguments.include_tag),
        frozenset(arguments.exclude_tag),
        hide_unreachable_types=not arguments.keep_unreachable_types,
    )


def _report(result: CompositionResult, inputs: CompositionInputs, arguments: argparse.Namespace) -> None:
    report = report_json(result, inputs) if arguments.format == "json" else report_text(result, inputs, sys.stderr)
    if report:
        print(report, file=sys.stderr, flush=True)
