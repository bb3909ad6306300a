"""The interfaces of caches and rate limiters, independent of the backend."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from entrepot.shared.errors import InternalError


class CacheUnavailable(InternalError):
    """The backend of the cache does not respond."""

    code = "CACHE_UNAVAILABLE"


class Cache(Protocol):
    """Bytes under a key for a while; what is kept by others raises CacheUnavailable when they are unavailable."""

    async def get(self, key: str) -> bytes | None: ...

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Keep the value for `ttl` seconds."""
        ...

    async def delete(self, key: str) -> None: ...

    async def get_or_load(self, key: str, ttl: float, load: Callable[[], Awaitable[bytes]]) -> bytes:
        """The cached value, else that of `load`, which runs once however many ask at the same time.

        Without the cache, `load` answers.
        """
        ...


class BatchCache(Cache, Protocol):
    """A cache that is asked for much at a time, and answers in one round trip."""

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """The value of each key, at its place."""
        ...

    async def set_many(self, values: Mapping[str, tuple[bytes, float]]) -> None:
        """Keep each value for its seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Draw:
    """What came of asking a bucket: `wait` as `Limiter.take` tells it, and the tokens that remain."""

    wait: float
    remaining: float


class Limiter(Protocol):
    """A token bucket a key."""

    async def draw(self, key: str, cost: float, *, capacity: float, per_second: float) -> Draw:
        """The same as `take`, with the tokens that remain in the bucket."""
        ...

    async def take(self, key: str, cost: float, *, capacity: float, per_second: float) -> float:
        """Take `cost` tokens from the bucket; 0.0 when granted, else the seconds until there are enough.

        Infinity when there never will be: the bucket holds less, or does not fill. Raises ValueError for no cost.
        """
        ...
