"""When answers with a tag were last declared untrue: a version for each tag, kept in a cache that routers may share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from entrepot.router.config.response_cache import LONGEST_LIFETIME
from entrepot.router.traffic.response_cache.tags import spread_tags
from entrepot.shared.caching import BatchCache
from entrepot.shared.randomness import Randomness

_NEVER = ""


class TagVersions:
    """An answer is true as long as the versions are those from before it was asked for.

    A version is kept as long as any answer may be, whatever its router is configured to; so one that is gone protects
    nothing any more.
    """

    def __init__(self, cache: BatchCache, randomness: Randomness) -> None:
        self._cache = cache
        self._randomness = randomness

    async def read(self, tags: Iterable[str]) -> Mapping[str, str]:
        """The version of each tag, all of them asked for at once; raises CacheUnavailable."""
        names = tuple(dict.fromkeys(tags))
        found = await self._cache.get_many([_key(name) for name in names])
        return {name: _NEVER if value is None else value.decode() for name, value in zip(names, found, strict=True)}

    async def renew(self, tags: Iterable[str]) -> None:
        """Let answers with one of the tags be true no longer; raises CacheUnavailable."""
        version = f"{self._randomness.uniform(0.0, 1.0):.17f}".encode()
        await self._cache.set_many({_key(name): (version, LONGEST_LIFETIME) for name in spread_tags(tags)})


def _key(tag: str) -> str:
    return f"answer-tag:{tag}"
