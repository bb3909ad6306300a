"""Cache and limiter in PostgreSQL, for one process that must find them again after a restart or a take-over."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from entrepot.shared.caching.cache import CacheUnavailable, Draw, Limiter
from entrepot.shared.clock import Clock
from entrepot.shared.errors import Unavailable
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)

_PRUNED_AT_ONCE: Final = 10_000
_FAILURES: Final = (SQLAlchemyError, Unavailable, OSError, TimeoutError)

TABLES: Final = (
    "CREATE SCHEMA IF NOT EXISTS entrepot",
    """CREATE TABLE IF NOT EXISTS entrepot.cache (
      key text PRIMARY KEY, value bytea NOT NULL, expires_at timestamptz NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS ix_cache_expires_at ON entrepot.cache (expires_at)",
    """CREATE TABLE IF NOT EXISTS entrepot.buckets (
      key text PRIMARY KEY, level double precision NOT NULL, is_granted boolean NOT NULL,
      drawn_at timestamptz NOT NULL, full_at timestamptz NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS ix_buckets_full_at ON entrepot.buckets (full_at)",
)
"""What the cache and the limiter need, each statement safe to run again."""

_LOAD: Final = text("""
SELECT key, value, extract(epoch FROM expires_at - clock_timestamp())::float8 AS seconds FROM entrepot.cache
WHERE expires_at > clock_timestamp()
""")
_SET: Final = text("""
INSERT INTO entrepot.cache (key, value, expires_at)
VALUES (:key, :value, clock_timestamp() + make_interval(secs => :ttl))
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
""")
_DELETE: Final = text("DELETE FROM entrepot.cache WHERE key = :key")
_PRUNE: Final = tuple(
    text(f"""
DELETE FROM entrepot.{table} WHERE key IN (
  SELECT key FROM entrepot.{table} WHERE {moment} <= clock_timestamp() LIMIT {_PRUNED_AT_ONCE} FOR UPDATE SKIP LOCKED)
""")  # noqa: S608 - constants
    for table, moment in (("cache", "expires_at"), ("buckets", "full_at"))
)

# A token bucket that fills continuously by the clock of the server. now() is the same in all of the statement, and not
# later than what another draw wrote while this one waited for the row. After `fill` seconds any bucket is full again
# and need not be kept; a bucket that never fills is kept for a day.
_FOUND: Final = """least(CAST(:capacity AS float8), bucket.level
  + greatest(0, extract(epoch FROM now() - bucket.drawn_at)::float8) * CAST(:per_second AS float8))"""
_IS_GRANTED: Final = "CAST(:cost AS float8) <= {found} + 1e-9"
_LEVEL: Final = "{found} - CASE WHEN CAST(:cost AS float8) <= {found} + 1e-9 THEN CAST(:cost AS float8) ELSE 0 END"
_CAPACITY: Final = "CAST(:capacity AS float8)"
_DRAW: Final = text(f"""
INSERT INTO entrepot.buckets AS bucket (key, level, is_granted, drawn_at, full_at) VALUES (
  :key, {_LEVEL.format(found=_CAPACITY)}, {_IS_GRANTED.format(found=_CAPACITY)}, now(),
  now() + make_interval(secs => :fill))
ON CONFLICT (key) DO UPDATE SET
  level = {_LEVEL.format(found=_FOUND)}, is_granted = {_IS_GRANTED.format(found=_FOUND)},
  drawn_at = greatest(bucket.drawn_at, now()), full_at = excluded.full_at
RETURNING level, is_granted
""")  # noqa: S608 - constants
_DAY: Final = 86_400.0
_LONGEST: Final = 3650 * _DAY


async def create_tables(engine: AsyncEngine) -> None:
    """Create what is missing; for one process at a time."""
    async with engine.begin() as connection:
        for statement in TABLES:
            await connection.exec_driver_sql(statement)


class PostgresCache:
    """A cache of one process: read from memory, written to PostgreSQL first, and loaded from there by `open`.

    `is_current` says whether no other process can have written since; while it does not hold, and while the server does
    not answer a write, CacheUnavailable is raised. Nothing leaves before it has expired, so that what is kept must be
    bounded by its time to live.
    """

    def __init__(self, engine: AsyncEngine, clock: Clock, is_current: Callable[[], bool] = lambda: True) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._clock = clock
        self._is_current = is_current
        self._entries: dict[str, tuple[float, bytes]] = {}
        self._loading: dict[str, asyncio.Task[bytes]] = {}

    async def open(self) -> None:
        """Read what another process, or this one before a restart, has kept. Raises CacheUnavailable."""
        async with self._guarded() as connection:
            now = self._clock.monotonic()
            rows = (await connection.execute(_LOAD)).all()
        self._entries = {key: (now + seconds, bytes(value)) for key, value, seconds in rows}

    async def get(self, key: str) -> bytes | None:
        """The value; raises CacheUnavailable while this process does not hear of other processes' changes."""
        if not self._is_current():
            raise CacheUnavailable("Another process may have changed the cache.")
        entry = self._entries.get(key)
        if entry is None:
            return None
        expires, value = entry
        if expires <= self._clock.monotonic():
            del self._entries[key]
            return None
        return value

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        self._loading.pop(key, None)
        expires = self._clock.monotonic() + ttl
        async with self._guarded() as connection:
            await connection.execute(_SET, {"key": key, "value": value, "ttl": ttl})
        self._entries[key] = (expires, value)

    async def delete(self, key: str) -> None:
        self._loading.pop(key, None)
        async with self._guarded() as connection:
            await connection.execute(_DELETE, {"key": key})
        self._entries.pop(key, None)

    async def get_or_load(self, key: str, ttl: float, load: Callable[[], Awaitable[bytes]]) -> bytes:
        try:
            value = await self.get(key)
        except CacheUnavailable:
            return await load()
        if value is not None:
            return value
        task = self._loading.get(key)
        if task is None:
            task = asyncio.create_task(self._load(key, ttl, load))
            self._loading[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        # One caller that leaves must not cancel the load for the others.
        return await asyncio.shield(task)

    async def prune(self) -> None:
        """Delete what has expired, of the cache and of the buckets beside it. Raises CacheUnavailable."""
        now = self._clock.monotonic()
        self._entries = {key: entry for key, entry in self._entries.items() if entry[0] > now}
        async with self._guarded() as connection:
            for statement in _PRUNE:
                await connection.execute(statement)

    async def _load(self, key: str, ttl: float, load: Callable[[], Awaitable[bytes]]) -> bytes:
        value = await load()
        # What was set or deleted in the meantime is newer than what was loaded.
        if self._loading.get(key) is asyncio.current_task():
            try:
                await self.set(key, value, ttl)
            except CacheUnavailable:
                _log.warning("cache.unavailable", key=key)
        return value

    def _forget(self, key: str, task: asyncio.Task[bytes]) -> None:
        if self._loading.get(key) is task:
            del self._loading[key]
        if not task.cancelled():
            task.exception()  # Seen here, also when every caller has left.

    @asynccontextmanager
    async def _guarded(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.connect() as connection:
                yield connection
        except _FAILURES as error:
            raise CacheUnavailable("The cache does not answer.") from error


class PostgresLimiter:
    """Token buckets that outlive the process; while the server does not answer, those of `fallback`."""

    def __init__(self, engine: AsyncEngine, fallback: Limiter) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._fallback = fallback

    async def take(self, key: str, cost: float, *, capacity: float, per_second: float) -> float:
        return (await self.draw(key, cost, capacity=capacity, per_second=per_second)).wait

    async def draw(self, key: str, cost: float, *, capacity: float, per_second: float) -> Draw:
        """As the protocol says; raises ValueError for a cost that is not positive."""
        if cost <= 0:
            raise ValueError("What is taken from a bucket is more than nothing.")
        fill = min(capacity / per_second, _LONGEST) if per_second > 0 else _DAY
        given = {"key": key, "cost": cost, "capacity": capacity, "per_second": per_second, "fill": fill}
        try:
            async with self._engine.connect() as connection:
                level, is_granted = (await connection.execute(_DRAW, given)).one()
        except _FAILURES as error:
            _log.warning("limiter.unavailable", error=repr(error))
            return await self._fallback.draw(key, cost, capacity=capacity, per_second=per_second)
        if is_granted:
            return Draw(0.0, max(0.0, level))
        wait = (cost - level) / per_second if cost <= capacity and per_second > 0 else math.inf
        return Draw(wait, level)
