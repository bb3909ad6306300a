"""The reader of `supergraph.yaml`: which subgraphs there are, where they are served, and where their SDL is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from entrepot.router.config.reader import convert_yaml, read_text
from entrepot.router.errors import ConfigurationInvalid


@dataclass(frozen=True, slots=True)
class SubgraphSource:
    """One subgraph as composition reads it: `sdl` is the text of the file `path`."""

    name: str
    url: str
    sdl: str
    path: Path


@dataclass(frozen=True, slots=True)
class SupergraphFile:
    """All subgraphs in the file's order, and the federation version that it asks for."""

    subgraphs: tuple[SubgraphSource, ...]
    federation_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _SchemaEntry:
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _SubgraphEntry:
    schema: _SchemaEntry
    routing_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    federation_version: str | int | None = None
    subgraphs: dict[str, _SubgraphEntry] = field(default_factory=dict)


def load_supergraph_file(path: Path, environ: Mapping[str, str]) -> SupergraphFile:
    """The subgraphs that the file lists, their SDL read from the files it names, relative to its folder.

    The form is `subgraphs: {<name>: {routing_url: ..., schema: {file: ...}}}`. Raises ConfigurationInvalid for a file
    that is not of this form, lists no subgraph, or names a schema file that cannot be read.
    """
    content = convert_yaml(read_text(path), environ, _File)
    if not content.subgraphs:
        raise ConfigurationInvalid(f"The file {path} lists no subgraph below `subgraphs`.")
    version = None if content.federation_version is None else str(content.federation_version)
    return SupergraphFile(
        tuple(_read_source(name, entry, path.parent) for name, entry in content.subgraphs.items()), version
    )


def _read_source(name: str, entry: _SubgraphEntry, folder: Path) -> SubgraphSource:
    path = folder / entry.schema.file
    return SubgraphSource(name, entry.routing_url, read_text(path), path)
