"""What the repository publishes: SDL a subgraph, JSON Schema an event contract and of the router's configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from entrepot.router.config import build_config_schema
from entrepot.shared.events import Event, known_contracts
from entrepot.shared.events.compatibility import find_breaks
from entrepot.subgraphs.registry import SUBGRAPHS, load


def published_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file below the folder with what it should hold; the supergraph is `entrepot compose`'s."""
    yield folder / "router-config.schema.json", json.dumps(build_config_schema(), indent=2, sort_keys=True) + "\n"
    for name in SUBGRAPHS:
        yield folder / "subgraphs" / f"{name}.graphql", load(name).schema.sdl
        import_module(f"entrepot.shared.events.contracts.{name}")
    import_module("entrepot.shared.events.contracts.dead_letters")
    for contract in known_contracts():
        path = folder / "events" / f"{contract.TYPE}.v{contract.VERSION}.json"
        yield path, json.dumps(event_schema(contract), indent=2, sort_keys=True) + "\n"


def find_broken_contracts(folder: Path) -> list[tuple[Path, Sequence[str]]]:
    """The published event schemas below the folder that the code breaks, each with what it breaks."""
    events = ((path, content) for path, content in published_files(folder) if path.parent.name == "events")
    compared = [
        (path, find_breaks(json.loads(path.read_text()), json.loads(content)))
        for path, content in events
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
