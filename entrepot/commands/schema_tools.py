"""`entrepot compose`, `entrepot schema`: the schema as files."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from entrepot.router.composition import CompositionError, CompositionResult

_NEW_VERSION: Final = (
    "A published contract gains optional fields, no more: others hold events of it. Leave it as it was, declare the "
    "next version beside it (`@contract(..., version=N)`) and bring the old one up to it by `upcast`."
)


def add_compose_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, default=Path("supergraph.yaml"), help="which subgraphs to compose (default: %(default)s)"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="where the supergraph goes (default: printed)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="of errors and hints")
    contract = parser.add_argument_group("contract", "what of the supergraph clients see; the router keeps all of it")
    for option, effect in (("--include-tag", "show only what bears a tag"), ("--exclude-tag", "hide what bears a tag")):
        contract.add_argument(option, action="append", default=[], metavar="TAG", help=f"{effect}; may be repeated")
    contract.add_argument(
        "--keep-unreachable-types", action="store_true", help="show types, too, that no operation can come to"
    )


def run_compose(arguments: argparse.Namespace) -> int:
    """Compose what the configuration lists, as a contract where tags are given; 1 when it does not compose."""
    from entrepot.wiring.supergraph import compose_file, contract_of

    result = compose_file(arguments.config)
    if arguments.include_tag or arguments.exclude_tag:
        result = contract_of(
            result,
            frozenset(arguments.include_tag),
            frozenset(arguments.exclude_tag),
            hide_unreachable_types=not arguments.keep_unreachable_types,
        )
    report = report_json(result) if arguments.format == "json" else report_text(result)
    if report:
        print(report, file=sys.stderr)
    if result.supergraph_sdl is None:
        return 1
    if arguments.output is None:
        print(result.supergraph_sdl)
    else:
        arguments.output.write_text(result.supergraph_sdl)
    return 0


def report_text(result: CompositionResult) -> str:
    """Errors, each where it is and with its code, then hints."""
    errors = [_print_error(error) for error in result.errors]
    hints = [f"{hint.coordinate or ''} {hint.level} {hint.code}: {hint.message}".strip() for hint in result.hints]
    return "\n".join([*errors, *hints])


def report_json(result: CompositionResult) -> str:
    """The same for programs."""
    content = {
        "ok": result.supergraph_sdl is not None,
        "errors": [
            {
                "code": error.code,
                "message": error.message,
                "locations": [
                    {"subgraph": place.subgraph, "line": place.line, "column": place.column}
                    for place in error.locations
                ],
            }
            for error in result.errors
        ],
        "hints": [
            {"code": hint.code, "level": str(hint.level), "message": hint.message, "coordinate": hint.coordinate}
            for hint in result.hints
        ],
    }
    return json.dumps(content, indent=2)


def add_schema_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, default=Path("schema"), help="where it goes (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="change nothing; 1 when a file is not as it should be")


def run_schema(arguments: argparse.Namespace) -> int:
    """Write, or compare, what others depend on: SDL a subgraph, and JSON Schema an event."""
    from entrepot.docs_generation.published import find_broken_contracts, published_files

    broken = find_broken_contracts(arguments.folder)
    for path, breaks in broken:
        print(f"{path}: {'; '.join(breaks)}.", file=sys.stderr)
    if broken:
        print(_NEW_VERSION, file=sys.stderr)
        return 1
    stale = [
        (path, content)
        for path, content in published_files(arguments.folder)
        if not path.exists() or path.read_text() != content
    ]
    for path, content in stale:
        print(f"{'stale' if arguments.check else 'written'}: {path}")
        if not arguments.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    return 1 if arguments.check and stale else 0


def _print_error(error: CompositionError) -> str:
    """`subgraph:line:column CODE message`; the places beside the first one follow, one a line."""
    places = [f"{place.subgraph}:{place.line}:{place.column}" for place in error.locations]
    said = " ".join([*places[:1], error.code, error.message])
    return "\n".join([said, *(f"  and {place}" for place in places[1:])])
