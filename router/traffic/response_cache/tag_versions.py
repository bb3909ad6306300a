"""Invalidation by tag: a version per tag, in a cache that routers may share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from entrepot.router.config.response_cache import MAX_TTL
from entrepot.router.traffic.response_cache.tags import add_nested_tags
from entrepot.shared.caching import BatchCache
from entrepot.shared.randomness import Randomness

_NEVER = ""


class TagVersions:
    """A cache entry is valid while the versions of its tags are those from before its request was sent.

    A version is stored for the longest TTL of any entry, so that an entry outlives no version that invalidates it.
    """

    def __init__(self, cache: BatchCache, randomness: Randomness) -> None:
        self._cache = cache
        self._randomness = randomness

    async def read(self, tags: Iterable[str]) -> Mapping[str, str]:
        """The version of each tag, read in one round trip; raises CacheUnavailable."""
        names = tuple(dict.fromkeys(tags))
        found = await self._cache.get_many([_key(name) for name in names])
        return {name: _NEVER if value is None else value.decode() for name, value in zip(names, found, strict=True)}

    async def invalidate(self, tags: Iterable[str]) -> None:
        """Invalidate all entries with one of the tags; raises CacheUnavailable."""
        version = f"{self._randomness.uniform(0.0, 1.0):.17f}".encode()
        await self._cache.set_many({_key(name): (version, MAX_TTL) for name in add_nested_tags(tags)})


def _key(tag: str) -> str:
    return f"response-tag:{tag}"
