"""Tokens that were revoked before they expired, kept just as long as they would have lived."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from entrepot.shared.caching import Cache, CacheUnavailable
from entrepot.shared.clock import Clock
from entrepot.shared.errors import PublicError
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)
_MARGIN: Final = 60.0
"""Seconds beyond the expiry: who verifies allows for clocks that differ, and must not let a revoked token back in."""


class RevocationUnknown(PublicError):
    """Whether a token was revoked is unknown at the moment, so it is not accepted."""

    code = "REVOCATION_UNKNOWN"
    status = 503


class Denylist:
    """Revoked token and session ids, in a cache that the processes share when distributed.

    While the cache is unavailable, nothing can be revoked, and no token is accepted; with `accepts_unknown`
    tokens are, also those that were revoked and have not expired.
    """

    def __init__(self, cache: Cache, clock: Clock, *, accepts_unknown: bool = False) -> None:
        self._cache = cache
        self._clock = clock
        self._accepts_unknown = accepts_unknown

    async def revoke(self, identity: str, expires_at: datetime) -> None:
        """Refuse the token or session of that id until its last token has expired anyway."""
        ttl = (expires_at - self._clock.now()).total_seconds() + _MARGIN
        if ttl > 0:
            await self._cache.set(f"denied:{identity}", b"1", ttl)

    async def is_revoked(self, *identities: str | None) -> bool:
        """Whether any of them was revoked; raises RevocationUnknown."""
        try:
            for identity in identities:
                if identity is not None and await self._cache.get(f"denied:{identity}") is not None:
                    return True
        except CacheUnavailable as error:
            if not self._accepts_unknown:
                raise RevocationUnknown("Access tokens cannot be checked at the moment. Try again shortly.") from error
            _log.warning("denylist.unavailable")
        return False
