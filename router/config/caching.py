"""The section about answers of subgraphs that are kept for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta

Lifetime = Annotated[float, Meta(gt=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphCachingConfig:
    """What holds for the answers of one subgraph; None is what holds for all.

    `lifetime` is for answers that say nothing of their own (None there: these are not kept). Answers that say `public`
    are kept for those who sent no identity; with `trusts_public` for everybody, so that they must not depend on who
    asks.
    """

    enabled: bool | None = None
    lifetime: Lifetime | None = None
    trusts_public: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidationConfig:
    """Where to say by POST which answers are no longer true; off without a `token`, which callers must know."""

    path: str = "/cache/invalidate"
    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseCacheConfig:
    """Answers of subgraphs to queries, kept as long as their `Cache-Control` allows.

    That is at most `longest_lifetime` seconds. `max_bytes` bounds what is kept in the memory of this process.
    """

    enabled: bool = False
    longest_lifetime: Lifetime = 3600.0
    max_bytes: Annotated[int, Meta(ge=1)] = 64 * 1024 * 1024
    all: SubgraphCachingConfig = field(default_factory=SubgraphCachingConfig)
    subgraphs: Mapping[str, SubgraphCachingConfig] = field(default_factory=dict)
    invalidation: InvalidationConfig = field(default_factory=InvalidationConfig)
