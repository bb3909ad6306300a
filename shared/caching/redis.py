"""Cache and limiter in Redis: what several processes share, and how each goes on when Redis is unavailable."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from entrepot.shared.caching.cache import CacheUnavailable, Draw, Limiter
from entrepot.shared.caching.redis_login import RedisLogin
from entrepot.shared.clock import Clock
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)

_CONNECT_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 3.0
"""Longer than any answer is held back on purpose: the wake-ups of live updates are awaited for less."""
_LEASE: Final = 10.0
"""Seconds that one process may load a value for all; then another one begins."""
_LOOK_AGAIN: Final = 0.02

# Keeps a loaded value only for who still holds the lock: what was set or deleted in the meantime is newer.
_SET_IF_HOLDER: Final = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1
"""

_RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""

# A token bucket that fills continuously, by the clock of the server, which all processes share. Answers 0 when
# granted, else the milliseconds until there is enough; -1 when there never will be. With it, what remains.
_TAKE: Final = """
local cost, capacity, rate = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local kept = redis.call('HMGET', KEYS[1], 'level', 'at')
local level = tonumber(kept[1]) or capacity
local at = tonumber(kept[2]) or now
level = math.min(capacity, level + math.max(0, now - at) * rate / 1000)
local granted = cost <= level + 1e-9
if granted then level = level - cost end
redis.call('HSET', KEYS[1], 'level', tostring(level), 'at', tostring(math.max(now, at)))
local refill = rate > 0 and math.ceil((capacity - level) / rate * 1000) + 1000 or 86400000
redis.call('PEXPIRE', KEYS[1], math.min(refill, 86400000))
if granted then return {'0', tostring(level)} end
if cost > capacity or rate <= 0 then return {'-1', tostring(level)} end
return {tostring((cost - level) / rate * 1000), tostring(level)}
"""


def build_redis(url: str, login: RedisLogin | None = None) -> Redis:
    """A client of the server at a `redis://` or `rediss://` URL, over connections that open when they are needed.

    It gives up soon: callers continue without Redis, or reject, but do not wait for it.
    """
    # Once more at once, for a connection that was kept while the server restarted.
    retry = Retry(NoBackoff(), 1)
    return Redis.from_url(
        url,
        socket_connect_timeout=_CONNECT_SECONDS,
        socket_timeout=_ANSWER_SECONDS,
        retry=retry,
        **(login or RedisLogin()).build_options(url),
    )


class RedisCache:
    """Bytes under a key for a while, shared by all processes.

    `get`, `set` and `delete` raise CacheUnavailable when Redis is unavailable; `get_or_load` then loads every time.
    """

    def __init__(self, client: Redis, clock: Clock, *, prefix: str) -> None:
        self._client = client
        self._clock = clock
        self._prefix = prefix
        self._set_if_holder = client.register_script(_SET_IF_HOLDER)
        self._release = client.register_script(_RELEASE)
        self._loading: dict[str, asyncio.Task[bytes]] = {}

    async def get(self, key: str) -> bytes | None:
        async with _guarded():
            return cast("bytes | None", await self._client.get(self._key(key)))

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        async with _guarded(), self._client.pipeline(transaction=True) as pipeline:
            # Without its lock, a load that is under way keeps nothing.
            pipeline.delete(self._lock(key))
            pipeline.set(self._key(key), value, px=_milliseconds(ttl))
            await pipeline.execute()

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        if not keys:
            return []
        # Not MGET: the keys of a cluster lie on several servers.
        async with _guarded(), self._client.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.get(self._key(key))
            return cast("list[bytes | None]", await pipeline.execute())

    async def set_many(self, values: Mapping[str, tuple[bytes, float]]) -> None:
        if not values:
            return
        async with _guarded(), self._client.pipeline(transaction=False) as pipeline:
            for key, (value, ttl) in values.items():
                # In this order no load that is under way can keep anything after it, not even in between.
                pipeline.delete(self._lock(key))
                pipeline.set(self._key(key), value, px=_milliseconds(ttl))
            await pipeline.execute()

    async def delete(self, key: str) -> None:
        async with _guarded():
            await self._client.delete(self._lock(key), self._key(key))

    async def get_or_load(self, key: str, ttl: float, load: Callable[[], Awaitable[bytes]]) -> bytes:
        task = self._loading.get(key)
        if task is None:
            task = asyncio.create_task(self._get_or_load(key, ttl, load))
            self._loading[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        # One caller that leaves must not cancel the load for the others.
        return await asyncio.shield(task)

    async def _get_or_load(self, key: str, ttl: float, load: Callable[[], Awaitable[bytes]]) -> bytes:
        try:
            value, fence = await self._get_or_lock(key)
        except CacheUnavailable:
            _log.warning("cache.unavailable", key=key)
            return await load()
        if value is not None:
            return value
        try:
            value = await load()
        except BaseException:
            await self._ignore_failure(self._release(keys=[self._lock(key)], args=[fence]))
            raise
        keys = [self._key(key), self._lock(key)]
        await self._ignore_failure(self._set_if_holder(keys=keys, args=[fence, value, _milliseconds(ttl)]))
        return value

    async def _get_or_lock(self, key: str) -> tuple[bytes | None, bytes]:
        """The value; else None with the fencing token of the lock that is now held here."""
        fence = b"0"
        while True:
            value = await self.get(key)
            if value is not None:
                return value, fence
            async with _guarded():
                # Each holder's token is greater than those before it, so that one whose lease ran out keeps nothing.
                fence = b"%d" % await self._client.incr(f"{self._prefix}:fences")
                if await self._client.set(self._lock(key), fence, nx=True, px=_milliseconds(_LEASE)):
                    return None, fence
            await self._clock.sleep(_LOOK_AGAIN)

    async def _ignore_failure(self, work: Awaitable[object]) -> None:
        """Do what the caller need not hear the failure of: the value is loaded, and locks run out."""
        try:
            await work
        except RedisError as error:
            _log.warning("cache.unavailable", error=repr(error))

    def _forget(self, key: str, task: asyncio.Task[bytes]) -> None:
        if self._loading.get(key) is task:
            del self._loading[key]
        if not task.cancelled():
            task.exception()  # Seen here, also when every caller has left.

    def _key(self, key: str) -> str:
        return f"{self._prefix}:{{{key}}}"

    def _lock(self, key: str) -> str:
        return f"{self._prefix}:{{{key}}}:lock"


class RedisLimiter:
    """Token buckets shared by all processes; while Redis is unavailable, those of `fallback`, one per process."""

    def __init__(self, client: Redis, fallback: Limiter, *, prefix: str) -> None:
        self._take = client.register_script(_TAKE)
        self._fallback = fallback
        self._prefix = prefix

    async def take(self, key: str, cost: float, *, capacity: float, per_second: float) -> float:
        return (await self.draw(key, cost, capacity=capacity, per_second=per_second)).wait

    async def draw(self, key: str, cost: float, *, capacity: float, per_second: float) -> Draw:
        """As the protocol says; raises ValueError for a cost that is not positive."""
        if cost <= 0:
            raise ValueError("What is taken from a bucket is more than nothing.")
        try:
            wait, remaining = await self._take(keys=[f"{self._prefix}:{{{key}}}"], args=[cost, capacity, per_second])
        except RedisError as error:
            _log.warning("limiter.unavailable", error=repr(error))
            return await self._fallback.draw(key, cost, capacity=capacity, per_second=per_second)
        milliseconds = float(wait)
        return Draw(math.inf if milliseconds < 0 else milliseconds / 1000, max(0.0, float(remaining)))


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


@asynccontextmanager
async def _guarded() -> AsyncIterator[None]:
    try:
        yield
    except RedisError as error:
        raise CacheUnavailable("The cache does not answer.") from error
