"""Protection against expensive or frequent requests: demand control, rate limits, and API keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

Weight = Annotated[int, Meta(ge=0)]
Amount = Annotated[int, Meta(ge=1)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Token = Annotated[str, Meta(pattern="^[a-zA-Z][a-zA-Z0-9_.-]*$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsConfig:
    """Default costs, where no `@cost` is set, and the default list size, where no `@listSize` is set."""

    composite: Weight = 1
    """The cost of each object in a response."""
    leaf: Weight = 0
    """The cost of each scalar and enum value in a response."""
    input_object: Weight = 1
    """The cost of each input object among the arguments."""
    input_leaf: Weight = 0
    """The cost of each other value among the arguments."""
    list_size: Weight = 10
    """The assumed number of entries of a list."""
    operations: Mapping[Literal["query", "mutation", "subscription"], Weight] = field(
        default_factory=lambda: {"mutation": 10}
    )
    """The cost added once per operation, by its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandControlConfig:
    """Demand control: the cost of an operation by `@cost` and `@listSize`, estimated before it runs, counted after."""

    mode: Literal["off", "measure", "enforce"] = "off"
    """`measure` only counts, `enforce` refuses operations with an estimate above `max_cost`."""
    max_cost: Amount = 10_000
    """The highest estimated cost of an operation, and of the operations of a batch together."""
    weights: WeightsConfig = field(default_factory=WeightsConfig)
    """Default costs."""
    expose: Literal["off", "on", "scopes"] = "off"
    """Who sees the cost in `extensions.cost`: nobody, everybody, or callers with `scopes`."""
    scopes: tuple[tuple[str, ...], ...] = ()
    """Alternatives of scopes for `expose: scopes`; a caller needs all scopes of one alternative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimitRule:
    """A rate limit: one token bucket per client, refilled continuously."""

    name: Token
    """The name of the rule in `RateLimit` headers and errors."""
    by: Literal["identity", "address", "api_key"]
    """What a client is: the authenticated user, the network address (IPv6: the /64 network), or the API key. The rule
    applies to requests that have it."""
    capacity: Amount
    """The size of the bucket."""
    window: Annotated[float, Meta(gt=0)] = 60.0
    """Seconds in which an empty bucket refills."""
    cost: Literal["request", "estimated"] = "request"
    """What an operation takes from the bucket: one, or its estimated cost (see `demand_control`)."""
    anonymous_only: bool = False
    """Whether a rule by `address` skips authenticated callers."""
    x_headers: bool = False
    """Whether responses also have `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (seconds until
    the bucket is full). Of several rules they report the one with the smallest share left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyConfig:
    """An API key, stored as a hash, and the claims that it stands for."""

    name: Token
    """The name of the key in logs and rate limits."""
    sha256: Sha256
    """The SHA-256 of the key, in hexadecimal."""
    subject: str
    """The caller's user id."""
    scopes: tuple[str, ...] = ()
    """The caller's scopes."""
    policies: tuple[str, ...] = ()
    """The policies that hold for the caller."""
    expires: datetime | None = None
    """When the key expires; null: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeysConfig:
    """API keys, accepted instead of access tokens."""

    header: str = "x-api-key"
    """The request header that carries the key."""
    keys: tuple[ApiKeyConfig, ...] = ()
    """The keys."""
    file: str | None = None
    """A JSON file with a list of further keys, with the same fields."""
