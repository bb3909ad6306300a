"""When answers with a tag were last declared untrue: a version for each tag, kept in a cache that routers may share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from router.traffic.answer_tags import spread_tags
from shared.caching import Cache
from shared.randomness import Randomness

_NEVER = ""


class TagVersions:
    """An answer is true as long as the versions are those from before it was asked for.

    A version is kept for `lifetime` seconds, which no answer exceeds; so one that is gone protects nothing any more.
    """

    def __init__(self, cache: Cache, randomness: Randomness, lifetime: float) -> None:
        self._cache = cache
        self._randomness = randomness
        self._lifetime = lifetime

    async def read(self, tags: Iterable[str]) -> Mapping[str, str]:
        """The version of each tag; raises CacheUnavailable."""
        names = tuple(dict.fromkeys(tags))
        found = await asyncio.gather(*(self._cache.get(_key(name)) for name in names))
        return {name: _NEVER if value is None else value.decode() for name, value in zip(names, found, strict=True)}

    async def renew(self, tags: Iterable[str]) -> None:
        """Let answers with one of the tags be true no longer; raises CacheUnavailable."""
        version = f"{self._randomness.uniform(0.0, 1.0):.17f}".encode()
        await asyncio.gather(*(self._cache.set(_key(name), version, self._lifetime) for name in spread_tags(tags)))


def _key(tag: str) -> str:
    return f"answer-tag:{tag}"
