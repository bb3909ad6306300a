"""The sections about guards: what an operation may cost, how often clients may ask, and keys instead of tokens."""

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
    """What costs how much where no `@cost` says so, and how long a list is of which no `@listSize` tells anything.

    `composite` is each object that is answered, `leaf` each scalar and enum value, `input_object` each object among the
    arguments, `input_leaf` each other value there; `operations` is added once, by the kind of the operation.
    """

    composite: Weight = 1
    leaf: Weight = 0
    input_object: Weight = 1
    input_leaf: Weight = 0
    list_size: Weight = 10
    operations: Mapping[Literal["query", "mutation", "subscription"], Weight] = field(
        default_factory=lambda: {"mutation": 10}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandConfig:
    """What an operation may cost by `@cost` and `@listSize`, estimated before it is run and counted after.

    `measure` refuses nothing, `enforce` refuses what is estimated at more than `maximum`. `expose` says who is told of
    the cost in `extensions.cost`: nobody, everybody, or callers that hold one of the `scopes` alternatives whole.
    """

    mode: Literal["off", "measure", "enforce"] = "off"
    maximum: Amount = 10_000
    weights: WeightsConfig = field(default_factory=WeightsConfig)
    expose: Literal["off", "on", "scopes"] = "off"
    scopes: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimitRule:
    """A token bucket for each client: it holds `quota` and fills again within `window` seconds.

    `by` says what a client is: who is logged in (`identity`), an API key (`api_key`), or an address of the network
    (`address`; of IPv6 the first 64 bits). A rule concerns those who have that; with `anonymous_only` an address is
    asked only of those who are not logged in. `price` is one an operation, or its estimated cost.
    """

    name: Token
    by: Literal["identity", "address", "api_key"]
    quota: Amount
    window: Annotated[float, Meta(gt=0)] = 60.0
    price: Literal["request", "cost"] = "request"
    anonymous_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyConfig:
    """A key by the SHA-256 of its text, in hexadecimal, and the claims that it stands for; `expires` is a moment."""

    name: Token
    sha256: Sha256
    subject: str
    scopes: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeysConfig:
    """Keys that are accepted instead of tokens, in the header `header`; those in the JSON file `file` are added.

    The file holds a list of keys, each with the same fields.
    """

    header: str = "x-api-key"
    keys: tuple[ApiKeyConfig, ...] = ()
    file: str | None = None
