"""The tag formats of `@cacheTag`, by type and by root field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql.language import DirectiveNode, DocumentNode, TypeDefinitionNode

from entrepot.router.federation.literals import read_literal


@dataclass(frozen=True, slots=True)
class CacheTag:
    """A format, such as `product-{$key.id}`, and the subgraphs (by graph) that declare it; none stands for all."""

    format: str
    graphs: frozenset[str]


@dataclass(frozen=True, slots=True)
class CacheTags:
    """The tags of entities by type, and those of fields by type and name."""

    types: Mapping[str, tuple[CacheTag, ...]] = field(default_factory=dict)
    fields: Mapping[tuple[str, str], tuple[CacheTag, ...]] = field(default_factory=dict)


def read_cache_tags(document: DocumentNode) -> CacheTags:
    """The tags in a supergraph document, where composition left them (`@join__directive`, join v0.5)."""
    types: dict[str, tuple[CacheTag, ...]] = {}
    fields: dict[tuple[str, str], tuple[CacheTag, ...]] = {}
    for node in document.definitions:
        if not isinstance(node, TypeDefinitionNode):
            continue
        name = node.name.value
        if found := tuple(_find(node.directives or ())):
            types[name] = found
        for item in getattr(node, "fields", None) or ():
            if found := tuple(_find(item.directives or ())):
                fields[name, item.name.value] = found
    return CacheTags(types, fields)


def _find(directives: tuple[DirectiveNode, ...]) -> Iterator[CacheTag]:
    for directive in directives:
        if directive.name.value != "join__directive":
            continue
        given: dict[str, Any] = {item.name.value: read_literal(item.value) for item in directive.arguments or ()}
        text = (given.get("args") or {}).get("format")
        # Its name carries the prefix under which each subgraph imports it.
        if str(given.get("name")).rpartition("__")[2] == "cacheTag" and isinstance(text, str):
            yield CacheTag(text, frozenset(map(str, given.get("graphs") or ())))
