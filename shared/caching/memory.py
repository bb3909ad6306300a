"""Cache and limiter in the memory of one process: bounded, the least recently used entry leaves first."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from shared.clock import Clock


class MemoryCache:
    """A bounded cache with a time to live per entry."""

    def __init__(self, clock: Clock, *, max_entries: int = 100_000) -> None:
        self._clock = clock
        self._max_entries = max_entries
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._loading: dict[str, asyncio.Task[bytes]] = {}

    async def get(self, key: str) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        expires, value = entry
        if expires <= self._clock.monotonic():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return value

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        self._entries[key] = (self._clock.monotonic() + ttl, value)
        self._entries.move_to_end(key)
        while len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)

    async def delete(self, key: str) -> None:
        self._entries.pop(key, None)

    async def get_or_load(self, key: str, ttl: float, load: Callable[[], Awaitable[bytes]]) -> bytes:
        value = await self.get(key)
        if value is not None:
            return value
        task = self._loading.get(key)
        if task is None:
            task = asyncio.create_task(self._load(key, ttl, load))
            self._loading[key] = task
            task.add_done_callback(lambda _: self._loading.pop(key, None))
        # One caller that leaves must not cancel the load for the others.
        return await asyncio.shield(task)

    async def _load(self, key: str, ttl: float, load: Callable[[], Awaitable[bytes]]) -> bytes:
        value = await load()
        await self.set(key, value, ttl)
        return value


class MemoryLimiter:
    """Token buckets that fill continuously; a full bucket is forgotten."""

    def __init__(self, clock: Clock, *, max_buckets: int = 100_000) -> None:
        self._clock = clock
        self._max_buckets = max_buckets
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def take(self, key: str, cost: float, *, capacity: float, per_second: float) -> float:
        now = self._clock.monotonic()
        level, then = self._buckets.get(key, (capacity, now))
        level = min(capacity, level + (now - then) * per_second)
        granted = cost <= level
        self._buckets[key] = (level - cost if granted else level, now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > self._max_buckets:
            self._buckets.popitem(last=False)
        return 0.0 if granted else (cost - level) / per_second
