"""Changes of `@cacheTag`: by its tags a response cache finds what to delete."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.router.checks.change import Change
from entrepot.router.supergraph import Supergraph


def compare_caching(base: Supergraph, head: Supergraph) -> Iterator[Change]:
    """The changes of elements that both versions have."""
    before, after = _formats(base), _formats(head)
    for coordinate in sorted(before.keys() | after.keys()):
        was, now = before.get(coordinate, frozenset()), after.get(coordinate, frozenset())
        if was != now and all(_has(version, coordinate) for version in (base, head)):
            message = f"The cache tags of {coordinate} change from {_print(was)} to {_print(now)}."
            yield Change.of("CACHE_TAG_CHANGED", coordinate, message)


def _formats(supergraph: Supergraph) -> dict[str, frozenset[str]]:
    tags = supergraph.cache_tags
    by_coordinate = dict(tags.types) | {".".join(key): each for key, each in tags.fields.items()}
    return {coordinate: frozenset(tag.format for tag in each) for coordinate, each in by_coordinate.items()}


def _has(supergraph: Supergraph, coordinate: str) -> bool:
    type_name, _, field = coordinate.partition(".")
    type_ = supergraph.api_schema.type_map.get(type_name)
    return type_ is not None and (not field or field in getattr(type_, "fields", {}))


def _print(formats: frozenset[str]) -> str:
    return ", ".join(sorted(formats)) or "none"
