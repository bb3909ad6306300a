"""The reader of `supergraph.yaml`: which subgraphs there are, where they are served, and where their SDL is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from entrepot.router.config.document import Document, read_document
from entrepot.router.config.reader import convert_document, name_source, read_text
from entrepot.router.config.urls import find_url_fault, quote_url
from entrepot.router.errors import ConfigurationInvalid

_VERSION: Final = re.compile(r"=?v?(\d+)(?:\.(\d+))?(?:\.\d+)?")
_NEWEST_MINOR: Final = 14


@dataclass(frozen=True, slots=True)
class Introspection:
    """A running subgraph whose SDL is fetched by `{ _service { sdl } }`, with these headers."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SubgraphSource:
    """One subgraph as `supergraph.yaml` lists it.

    `sdl` is the text of the file `path`; both are None where the SDL comes by `introspection`. `place` is
    `file:line:column` of the entry.
    """

    name: str
    url: str
    sdl: str | None
    path: Path | None
    introspection: Introspection | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class SupergraphFile:
    """All subgraphs in the file's order, and the federation version that it asks for."""

    subgraphs: tuple[SubgraphSource, ...]
    federation_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _SchemaEntry:
    file: str | None = None
    subgraph_url: str | None = None
    introspection_headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _SubgraphEntry:
    schema: _SchemaEntry = field(default_factory=_SchemaEntry)
    routing_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    federation_version: str | int | float | None = None
    subgraphs: Mapping[str, _SubgraphEntry] = field(default_factory=dict)


def load_supergraph_file(path: Path, environ: Mapping[str, str]) -> SupergraphFile:
    """The subgraphs that the file lists, their SDL read from the files it names, relative to its folder.

    The form is `subgraphs: {<name>: {routing_url: ..., schema: {file: ...}}}`, or `schema: {subgraph_url: ...}` for a
    running subgraph; without either the SDL comes from `routing_url`. Raises ConfigurationInvalid for a file that is
    not of this form, lists no subgraph, names a schema file that cannot be read, a URL that no request can be sent to,
    or a version of federation that is not supported.
    """
    document = read_document(read_text(path), environ, name_source(path))
    content = convert_document(document, _File)
    if not content.subgraphs:
        raise ConfigurationInvalid(f"The file {document.source} lists no subgraph below `subgraphs`.")
    version = _read_version(document)
    sources = tuple(_read_source(name, entry, path.parent, document) for name, entry in content.subgraphs.items())
    return SupergraphFile(sources, version)


def list_files(path: Path, listed: SupergraphFile | None) -> list[Path]:
    """The files that a composition is made from."""
    return [path, *(source.path for source in (listed.subgraphs if listed else ()) if source.path is not None)]


def _read_version(document: Document) -> str | None:
    text = document.scalars.get(("federation_version",))
    if text is None or document.values.get("federation_version") is None:
        return None
    # As it is written, unless a variable stands there: YAML reads 2.10 as the number 2.1.
    version = str(document.values["federation_version"]) if "${" in text else text
    match = _VERSION.fullmatch(version)
    if match is None or (int(match[1]), int(match[2] or 0)) > (2, _NEWEST_MINOR) or match[1] not in ("1", "2"):
        raise ConfigurationInvalid(
            f"{document.locate(('federation_version',))}: federation_version {version} is not supported. Write 1, 2, "
            f"or a version up to =2.{_NEWEST_MINOR}; what a subgraph uses is decided by the version that it links."
        )
    return version


def _read_source(name: str, entry: _SubgraphEntry, folder: Path, document: Document) -> SubgraphSource:
    where = ("subgraphs", name)
    schema, place = entry.schema, document.locate(where)
    if schema.file is not None and schema.subgraph_url is not None:
        raise ConfigurationInvalid(
            f"{document.locate((*where, 'schema'))}: the subgraph {name} has both schema.file and schema.subgraph_url. "
            "Keep one."
        )
    for key, url in (("routing_url",), entry.routing_url), (("schema", "subgraph_url"), schema.subgraph_url):
        fault = find_url_fault(url) if url else None
        if fault:
            raise ConfigurationInvalid(
                f"{document.locate((*where, *key))}: subgraphs.{name}.{'.'.join(key)}: {quote_url(url or '')} {fault}. "
                f"Write it as http://HOST:PORT/graphql."
            )
    # As elsewhere: a running subgraph is also served where its SDL comes from.
    routing_url = entry.routing_url or schema.subgraph_url or ""
    if schema.file is not None:
        path = folder / schema.file
        try:
            sdl = read_text(path)
        except ConfigurationInvalid as error:
            place_of_file = document.locate((*where, "schema", "file"))
            raise ConfigurationInvalid(f"{place_of_file}: subgraphs.{name}.schema.file: {error.message}") from error
        return SubgraphSource(name, routing_url, sdl, path, None, place)
    if not routing_url:
        raise ConfigurationInvalid(
            f"{place}: the subgraph {name} has neither schema.file, nor schema.subgraph_url or routing_url of a "
            "running subgraph to ask for its SDL."
        )
    introspection = Introspection(schema.subgraph_url or routing_url, schema.introspection_headers)
    return SubgraphSource(name, routing_url, None, None, introspection, place)
