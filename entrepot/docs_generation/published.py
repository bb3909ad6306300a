"""What the repository publishes: the API schema, SDL per subgraph, JSON Schema of events and of the configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
from graphql import print_schema

from entrepot.router.config import build_config_schema
from entrepot.router.supergraph import read_supergraph
from entrepot.shared.errors import InternalError
from entrepot.shared.events import Event, known_contracts
from entrepot.shared.events.operations.compatibility import find_breaks
from entrepot.subgraphs.registry import SUBGRAPHS, load
from entrepot.wiring.supergraph import compose_declared


def published_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file below the folder with what it should hold; the supergraph is `entrepot compose`'s."""
    yield folder / "router-config.schema.json", json.dumps(build_config_schema(), indent=2, sort_keys=True) + "\n"
    yield folder / "api.graphql", print_api_schema()
    for name in SUBGRAPHS:
        yield folder / "subgraphs" / f"{name}.graphql", load(name).schema.sdl
    yield from published_events(folder)


def published_events(folder: Path) -> Iterator[tuple[Path, str]]:
    """The JSON Schema of every event contract."""
    for name in (*SUBGRAPHS, "dead_letters"):
        import_module(f"entrepot.shared.events.contracts.{name}")
    for contract in known_contracts():
        path = folder / "events" / f"{contract.TYPE}.v{contract.VERSION}.json"
        yield path, json.dumps(event_schema(contract), indent=2, sort_keys=True) + "\n"


def print_api_schema() -> str:
    """The schema that clients of the graph see: no federation directives, nothing inaccessible."""
    # The URLs are in the supergraph only, so that any will do.
    composed = compose_declared([load(name) for name in SUBGRAPHS], {name: f"http://{name}/" for name in SUBGRAPHS})
    if composed.supergraph_sdl is None:
        raise InternalError("\n".join(f"{error.code}: {error.message}" for error in composed.errors))
    return print_schema(read_supergraph(composed.supergraph_sdl).api_schema) + "\n"


def find_broken_contracts(folder: Path) -> list[tuple[Path, Sequence[str]]]:
    """The published event schemas below the folder that the code breaks, each with what it breaks."""
    compared = [
        (path, find_breaks(json.loads(path.read_text()), json.loads(content)))
        for path, content in published_events(folder)
        if path.exists()
    ]
    return [(path, breaks) for path, breaks in compared if breaks]


def event_schema(contract: type[Event]) -> dict[str, Any]:
    """The JSON Schema of the `data` of an event."""
    schema: dict[str, Any] = msgspec.json.schema(contract)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{contract.TYPE}.v{contract.VERSION}",
    } | schema
