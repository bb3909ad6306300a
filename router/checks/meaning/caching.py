"""Changes of `@cacheTag`: by its tags a response cache finds what to delete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from entrepot.router.checks.change import Change
from entrepot.router.checks.meaning.elements import is_in_both
from entrepot.router.supergraph import Supergraph
from entrepot.router.supergraph.cache_tags import CacheTag


def compare_caching(base: Supergraph, head: Supergraph) -> Iterator[Change]:
    """The changes of elements that both versions have."""
    before, after = _formats(base), _formats(head)
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key, frozenset()), after.get(key, frozenset())
        if was != now and is_in_both(base, head, key):
            coordinate = ".".join(key)
            message = f"The cache tags of {coordinate} change from {_print(was)} to {_print(now)}."
            yield Change.of("CACHE_TAG_CHANGED", coordinate, message)


def _formats(supergraph: Supergraph) -> dict[tuple[str, ...], frozenset[str]]:
    """The formats by type, and by type and field."""
    tags = supergraph.cache_tags
    by_key: dict[tuple[str, ...], Sequence[CacheTag]] = {(name,): each for name, each in tags.types.items()}
    by_key.update((key, each) for key, each in tags.fields.items())
    return {key: frozenset(tag.format for tag in each) for key, each in by_key.items()}


def _print(formats: frozenset[str]) -> str:
    return ", ".join(sorted(formats)) or "none"
