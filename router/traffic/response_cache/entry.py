"""One answer as it is kept: until when, for whom, under which tags, and its JSON text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from entrepot.router.traffic.response_cache.cache_control import Freshness


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """`body` is the JSON text of an entity, or of a whole response; moments are seconds since the epoch."""

    body: bytes
    made_at: float
    expires_at: float
    is_public: bool
    versions: Mapping[str, str]

    def read_freshness(self, now: float) -> Freshness | None:
        """What is left of it; None when it has expired."""
        left = self.expires_at - now
        return Freshness(left, self.is_public, max(0.0, now - self.made_at)) if left > 0 else None

    def encode(self) -> bytes:
        head = orjson.dumps([self.made_at, self.expires_at, self.is_public, dict(self.versions)])
        return head + b"\n" + self.body


def decode_answer(data: bytes) -> KeptAnswer | None:
    """The answer that was encoded; None for what a router of another version wrote in another form."""
    head, _, body = data.partition(b"\n")
    try:
        made_at, expires_at, is_public, versions = orjson.loads(head)
    except (ValueError, TypeError):
        return None
    return KeptAnswer(body, made_at, expires_at, is_public, versions)
