"""The response cache: responses of subgraphs stored and reused until they expire or are invalidated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from msgspec import Meta

MAX_TTL: Final = 7 * 86_400.0
"""No response is cached for more seconds, so that an invalidation has to be remembered for this long only."""
Ttl = Annotated[float, Meta(gt=0, le=MAX_TTL)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphCachingConfig:
    """Caching of the responses of one subgraph. A key that is null falls back to `response_cache.all`."""

    enabled: bool | None = None
    """Whether responses of the subgraph are cached (in `all`: true)."""
    ttl: Ttl | None = None
    """Seconds for which a response without `Cache-Control` is cached; null: it is not cached."""
    scope: Literal["private", "public"] | None = None
    """The scope of a response without `Cache-Control` (in `all`: private)."""
    share_public_across_users: bool | None = None
    """Whether `public` responses are shared between authenticated users too, not between anonymous users only. Such
    responses must not depend on the caller (in `all`: false)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidationConfig:
    """The HTTP endpoint that invalidates cached responses by tag."""

    path: str = "/cache/invalidate"
    """The path that accepts POST."""
    token: str | None = None
    """The bearer token that callers must send; null disables the endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseCacheConfig:
    """The response cache: responses of subgraphs to queries, stored as long as their `Cache-Control` allows."""

    enabled: bool = False
    """Whether responses are cached."""
    max_ttl: Ttl = 3600.0
    """The most seconds for which a response is cached, whatever its subgraph says."""
    max_bytes: Annotated[int, Meta(ge=1)] = 64 * 1024 * 1024
    """The size of the in-memory cache; the least recently used entries are evicted first."""
    all: SubgraphCachingConfig = field(default_factory=SubgraphCachingConfig)
    """The rule for every subgraph."""
    subgraphs: Mapping[str, SubgraphCachingConfig] = field(default_factory=dict)
    """Rules by subgraph name, which override `all` key by key."""
    invalidation: InvalidationConfig = field(default_factory=InvalidationConfig)
    """The HTTP endpoint for invalidation."""
