"""What the repository publishes: the API schemas, SDL per subgraph, JSON Schema of events and of the configuration."""

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
from entrepot.shared.events import Event, known_contracts
from entrepot.shared.events.operations.compatibility import find_breaks
from entrepot.subgraphs.registry import SUBGRAPHS, load
from entrepot.wiring.storefront_graph import build_storefront_supergraph
from entrepot.wiring.supergraph import compose_or_raise


def published_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file below the folder with what it should hold; the supergraphs are `entrepot compose`'s."""
    yield folder / "router-config.schema.json", json.dumps(build_config_schema(), indent=2, sort_keys=True) + "\n"
    supergraph = _compose()
    yield folder / "api.graphql", _print_api_schema(supergraph)
    yield folder / "storefront-api.graphql", _print_api_schema(build_storefront_supergraph(supergraph))
    for name in SUBGRAPHS:
        yield folder / "subgraphs" / f"{name}.graphql", load(name).schema.sdl
    yield from published_events(folder)


def published_events(folder: Path) -> Iterator[tuple[Path, str]]:
    """The JSON Schema of every event contract."""
    for name in (*SUBGRAPHS, "dead_letters", "snapshots"):
        import_module(f"entrepot.shared.events.contracts.{name}")
    for contract in known_contracts():
        path = folder / "events" / f"{contract.TYPE}.v{contract.VERSION}.json"
        yield path, json.dumps(event_schema(contract), indent=2, sort_keys=True) + "\n"


def _compose() -> str:
    # The URLs are in the supergraph only, so that any will do.
    return compose_or_raise([load(name) for name in SUBGRAPHS], {name: f"http://{name}/" for name in SUBGRAPHS})


def _print_api_schema(supergraph_sdl: str) -> str:
    """The schema that clients of the graph see: no federation directives, nothing inaccessible."""
    return print_schema(read_supergraph(supergraph_sdl).api_schema) + "\n"


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
