"""State that several routers share in Redis: revoked tokens, the buckets of rate limits, and the response cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entrepot.shared.auth import Denylist
from entrepot.shared.caching import BatchCache, Limiter, MemoryLimiter
from entrepot.shared.clock import Clock
from entrepot.shared.config import read_settings
from entrepot.wiring.redis_settings import RedisSection


@dataclass(frozen=True, slots=True)
class SharedState:
    """All None for a router on its own, which knows of no revocation, and counts and keeps for itself."""

    denylist: Denylist | None = None
    limiter: Limiter | None = None
    response_cache: BatchCache | None = None


def build_shared_state(environ: Mapping[str, str], clock: Clock) -> SharedState:
    """What ENTREPOT_REDIS_* describes; raises SettingsInvalid."""
    section = read_settings(RedisSection, environ, "ENTREPOT_REDIS")
    if not section.url:
        return SharedState()
    from entrepot.shared.caching.redis import RedisCache, RedisLimiter, build_redis

    client = build_redis(section.url, section.login)
    cache = RedisCache(client, clock, prefix=section.prefix)
    return SharedState(
        Denylist(cache, clock, accepts_unknown=section.denylist_on_failure == "fail_open"),
        RedisLimiter(client, MemoryLimiter(clock), prefix=f"{section.prefix}:router-limits"),
        RedisCache(client, clock, prefix=section.response_cache_prefix) if section.response_cache else None,
    )
