"""A cache entry: a JSON text with its expiry, scope and tag versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from entrepot.router.traffic.response_cache.cache_control import Freshness


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A cached entity or response: `body` is its JSON text; times are seconds since the epoch."""

    body: bytes
    made_at: float
    expires_at: float
    is_public: bool
    versions: Mapping[str, str]

    def read_freshness(self, now: float) -> Freshness | None:
        """The remaining freshness; None when the entry has expired."""
        left = self.expires_at - now
        return Freshness(left, self.is_public, max(0.0, now - self.made_at)) if left > 0 else None

    def encode(self) -> bytes:
        head = orjson.dumps([self.made_at, self.expires_at, self.is_public, dict(self.versions)])
        return head + b"\n" + self.body


def decode_entry(data: bytes) -> CacheEntry | None:
    """The entry that was encoded; None for one in the format of another version of the router."""
    head, _, body = data.partition(b"\n")
    try:
        made_at, expires_at, is_public, versions = orjson.loads(head)
    except (ValueError, TypeError):
        return None
    return CacheEntry(body, made_at, expires_at, is_public, versions)
