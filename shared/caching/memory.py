"""Cache and limiter in the memory of one process: bounded, the least recently used entry leaves first."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from entrepot.shared.caching.cache import Draw
from entrepot.shared.clock import Clock

_ROUNDING: Final = 1e-9
"""Tokens that a bucket may owe: a caller that waits exactly the reported time is granted, despite rounding."""


class MemoryCache:
    """A cache with a time to live per entry, bounded by their number and by the bytes of their keys and values."""

    def __init__(self, clock: Clock, *, max_entries: int = 100_000, max_bytes: float = math.inf) -> None:
        self._clock = clock
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._loading: dict[str, asyncio.Task[bytes]] = {}

    async def get(self, key: str) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        expires, value = entry
        if expires <= self._clock.monotonic():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return value

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        self._loading.pop(key, None)
        self._drop(key)
        size = len(key) + len(value)
        if size > self._max_bytes:
            # It would empty the cache for nothing.
            return
        self._entries[key] = (self._clock.monotonic() + ttl, value)
        self._bytes += size
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return [await self.get(key) for key in keys]

    async def set_many(self, values: Mapping[str, tuple[bytes, float]]) -> None:
        for key, (value, ttl) in values.items():
            await self.set(key, value, ttl)

    async def delete(self, key: str) -> None:
        self._loading.pop(key, None)
        self._drop(key)

    async def get_or_load(self, key: str, ttl: float, load: Callable[[], Awaitable[bytes]]) -> bytes:
        value = await self.get(key)
        if value is not None:
            return value
        task = self._loading.get(key)
        if task is None:
            task = asyncio.create_task(self._load(key, ttl, load))
            self._loading[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        # One caller that leaves must not cancel the load for the others.
        return await asyncio.shield(task)

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= len(key) + len(entry[1])

    async def _load(self, key: str, ttl: float, load: Callable[[], Awaitable[bytes]]) -> bytes:
        value = await load()
        # What was set or deleted in the meantime is newer than what was loaded.
        if self._loading.get(key) is asyncio.current_task():
            await self.set(key, value, ttl)
        return value

    def _forget(self, key: str, task: asyncio.Task[bytes]) -> None:
        if self._loading.get(key) is task:
            del self._loading[key]
        if not task.cancelled():
            task.exception()  # Seen here, also when every caller has left.


class MemoryLimiter:
    """Token buckets that fill continuously; beyond `max_buckets` the one that was asked longest ago is forgotten."""

    def __init__(self, clock: Clock, *, max_buckets: int = 100_000) -> None:
        self._clock = clock
        self._max_buckets = max_buckets
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def take(self, key: str, cost: float, *, capacity: float, per_second: float) -> float:
        return (await self.draw(key, cost, capacity=capacity, per_second=per_second)).wait

    async def draw(self, key: str, cost: float, *, capacity: float, per_second: float) -> Draw:
        """As the protocol says; raises ValueError for a cost that is not positive."""
        if cost <= 0:
            raise ValueError("What is taken from a bucket is more than nothing.")
        now = self._clock.monotonic()
        level, then = self._buckets.get(key, (capacity, now))
        level = min(capacity, level + (now - then) * per_second)
        granted = cost <= level + _ROUNDING
        self._buckets[key] = (level - cost if granted else level, now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > self._max_buckets:
            self._buckets.popitem(last=False)
        if granted:
            return Draw(0.0, max(0.0, level - cost))
        wait = (cost - level) / per_second if cost <= capacity and per_second > 0 else math.inf
        return Draw(wait, level)
