"""The section about answers of subgraphs that are kept for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from msgspec import Meta

LONGEST_LIFETIME: Final = 7 * 86_400.0
"""No answer is kept for more seconds, so that whoever declares one untrue knows how long to remember that."""
Lifetime = Annotated[float, Meta(gt=0, le=LONGEST_LIFETIME)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgraphCachingConfig:
    """What holds for the answers of one subgraph; None is what holds for all.

    `lifetime` is for answers that say nothing of their own (None there: these are not kept), which are then taken for
    `private`, or for what `scope` says. Answers that are `public` are kept for those who sent no identity; with
    `trusts_public` for everybody, so that they must not depend on who asks.
    """

    enabled: bool | None = None
    lifetime: Lifetime | None = None
    scope: Literal["private", "public"] | None = None
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
