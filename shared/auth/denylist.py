"""Tokens that were revoked before they expired, kept just as long as they would have lived."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from shared.caching import Cache
from shared.clock import Clock

_MARGIN: Final = 60.0
"""Seconds beyond the expiry: who verifies allows for clocks that differ, and must not let a revoked token back in."""


class Denylist:
    """Revoked token and session ids, in a cache that the processes share when distributed."""

    def __init__(self, cache: Cache, clock: Clock) -> None:
        self._cache = cache
        self._clock = clock

    async def revoke(self, identity: str, expires_at: datetime) -> None:
        """Refuse the token or session of that id until its last token has expired anyway."""
        ttl = (expires_at - self._clock.now()).total_seconds() + _MARGIN
        if ttl > 0:
            await self._cache.set(f"denied:{identity}", b"1", ttl)

    async def is_revoked(self, *identities: str | None) -> bool:
        for identity in identities:
            if identity is not None and await self._cache.get(f"denied:{identity}") is not None:
                return True
        return False
