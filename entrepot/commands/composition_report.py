"""Errors and hints of a composition, for people with the line of the SDL, and for programs as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

from entrepot.router.composition import CompositionError, CompositionResult, Location
from entrepot.router.errors import RouterError
from entrepot.shared.colours import Stream, paint
from entrepot.shared.errors import EntrepotError
from entrepot.wiring.supergraph import CompositionInputs


def report_text(result: CompositionResult, inputs: CompositionInputs, stream: Stream) -> str:
    """Errors, each with its place, its code and the line of the SDL, then hints; coloured as `stream` takes it."""
    errors = [_print_error(error, inputs, stream) for error in result.errors]
    hints = [
        f"{hint.coordinate or ''} {paint(hint.level, 'yellow', stream)} {hint.code}: {hint.message}".strip()
        for hint in result.hints
    ]
    return "\n".join([*errors, *hints])


def report_json(result: CompositionResult, inputs: CompositionInputs) -> str:
    """The same for programs."""
    content = {
        "ok": result.supergraph_sdl is not None,
        "errors": [
            {
                "code": error.code,
                "message": error.message,
                "locations": [_locate(place, inputs) for place in error.locations],
            }
            for error in result.errors
        ],
        "hints": [
            {"code": hint.code, "level": str(hint.level), "message": hint.message, "coordinate": hint.coordinate}
            for hint in result.hints
        ],
    }
    return json.dumps(content, indent=2)


def print_failure(command: str, error: RouterError | EntrepotError) -> None:
    """Print what keeps a command from composing."""
    code = paint(error.code, "red", sys.stderr)
    print(f"entrepot {command}: {code}: {error.message}", file=sys.stderr, flush=True)


def _locate(place: Location, inputs: CompositionInputs) -> dict[str, Any]:
    origin = inputs.origins.get(place.subgraph)
    return {"subgraph": place.subgraph, "file": origin, "line": place.line, "column": place.column}


def _print_error(error: CompositionError, inputs: CompositionInputs, stream: Stream) -> str:
    """`file:line:column CODE message` and the line; the places beside the first one follow in the same way."""
    places = [_print_place(place, inputs) for place in error.locations]
    excerpts = [_excerpt(place, inputs, stream) for place in error.locations]
    first = " ".join([*places[:1], paint(error.code, "red", stream), error.message])
    others = zip(places[1:], excerpts[1:], strict=True)
    return "\n".join([first, *excerpts[:1], *(f"  and {place}\n{excerpt}" for place, excerpt in others)]).rstrip("\n")


def _print_place(place: Location, inputs: CompositionInputs) -> str:
    origin = inputs.origins.get(place.subgraph, place.subgraph)
    return f"{origin}:{place.line}:{place.column}"


def _excerpt(place: Location, inputs: CompositionInputs, stream: Stream) -> str:
    """The line of the SDL with a caret below the column."""
    sdl = next((subgraph.sdl for subgraph in inputs.subgraphs if subgraph.name == place.subgraph), "")
    lines = sdl.splitlines()
    if not 0 < place.line <= len(lines):
        return ""
    line = lines[place.line - 1]
    indent = "".join("\t" if character == "\t" else " " for character in line[: place.column - 1])
    return f"    {line}\n    {indent}{paint('^', 'red', stream)}"
