"""`entrepot compose`, `entrepot plan`, `entrepot schema`: the schema as files."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from router.composition import CompositionResult


def add_compose_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, default=Path("supergraph.yaml"), help="which subgraphs to compose (default: %(default)s)"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="where the supergraph goes (default: printed)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="of errors and hints")


def run_compose(arguments: argparse.Namespace) -> int:
    """Compose what the configuration lists; 1 when it does not compose."""
    from entrepot.supergraph import compose_file

    result = compose_file(arguments.config)
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
    """Errors and hints, one a line, each with its code and where it is."""
    errors = [f"{_places(error.locations)}error {error.code}: {error.message}" for error in result.errors]
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


def add_plan_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--supergraph", type=Path, required=True, metavar="FILE")
    parser.add_argument("operation", type=Path, metavar="OPERATION.graphql")
    parser.add_argument("--operation-name", help="which operation of the file")
    parser.add_argument("--format", choices=("text", "json", "mermaid"), default="text")


def run_plan(arguments: argparse.Namespace) -> int:
    """Print the plan of an operation."""
    from graphql import GraphQLError, parse, validate

    from router.errors import OperationInvalid, SyntaxInvalid
    from router.graph import build_graph
    from router.operation import normalize_operation
    from router.plan import plan_to_json, plan_to_mermaid, print_plan
    from router.planning import plan_operation
    from router.supergraph import read_supergraph

    supergraph = read_supergraph(arguments.supergraph.read_text())
    try:
        document = parse(arguments.operation.read_text())
    except GraphQLError as error:
        raise SyntaxInvalid(str(error)) from error
    problems = validate(supergraph.api_schema, document)
    if problems:
        raise OperationInvalid("\n\n".join(str(problem) for problem in problems))
    operation = normalize_operation(supergraph, document, arguments.operation_name)
    plan = plan_operation(build_graph(supergraph), operation)
    forms: dict[str, Any] = {
        "text": print_plan,
        "json": lambda it: json.dumps(plan_to_json(it), indent=2),
        "mermaid": plan_to_mermaid,
    }
    print(forms[arguments.format](plan))
    return 0


def add_schema_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, default=Path("schema"), help="where it goes (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="change nothing; 1 when a file is not as it should be")


def run_schema(arguments: argparse.Namespace) -> int:
    """Write, or compare, what others depend on: SDL a subgraph, and JSON Schema an event."""
    from entrepot.published import published_files

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


def _places(locations: Iterable[Any]) -> str:
    return "".join(f"{place.subgraph}:{place.line}:{place.column}: " for place in list(locations)[:1])
