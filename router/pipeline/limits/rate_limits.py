"""Stages: how often a client may ask, by token buckets, and what it is told of them."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass

from entrepot.router.config import RateLimitRule, RouterConfig
from entrepot.router.errors import ConfigurationInvalid, RateLimited
from entrepot.router.pipeline.context import RequestContext
from entrepot.shared.caching import Limiter
from entrepot.shared.caching.addresses import widen_address


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a rule's quota for one client; `reset` is when it is full again, in seconds."""

    rule: RateLimitRule
    remaining: float
    reset: float


class RateLimiter:
    """Takes each operation's price from the buckets of its client, in the order of the rules."""

    def __init__(self, rules: Iterable[RateLimitRule], limiter: Limiter) -> None:
        self._limiter = limiter
        rules = tuple(rules)
        self.by_request = tuple(rule for rule in rules if rule.price == "request")
        self.by_cost = tuple(rule for rule in rules if rule.price == "cost")

    def take_request(self, context: RequestContext) -> Awaitable[None]:
        """Take one from each bucket that is priced by operations; raises RateLimited."""
        return self._take(context, self.by_request, 1.0)

    def take_cost(self, context: RequestContext) -> Awaitable[None] | None:
        """Take what the operation is estimated to cost from each bucket that is priced so; raises RateLimited."""
        price = context.cost.estimate if context.cost is not None else 0
        return self._take(context, self.by_cost, float(price)) if price else None

    async def _take(self, context: RequestContext, rules: Iterable[RateLimitRule], price: float) -> None:
        for rule in rules:
            client = name_client(rule, context)
            if client is None:
                continue
            rate = rule.quota / rule.window
            key = f"rate:{rule.name}:{client}"
            taken = await self._limiter.draw(key, price, capacity=rule.quota, per_second=rate)
            quota = Quota(rule, taken.remaining, (rule.quota - taken.remaining) / rate)
            context.quotas = (*context.quotas, quota)
            if taken.wait:
                raise _refuse(rule, taken.wait, context.quotas)


def name_client(rule: RateLimitRule, context: RequestContext) -> str | None:
    """Whose bucket it is; None for those whom the rule does not concern."""
    caller = context.caller
    if rule.by == "api_key":
        return caller.key_name
    if rule.by == "identity":
        return caller.principal.user_id
    if rule.anonymous_only and caller.principal.is_authenticated:
        return None
    return widen_address(context.address)


def describe_quotas(quotas: Iterable[Quota]) -> list[tuple[bytes, bytes]]:
    """The fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10)."""
    quotas = tuple(quotas)
    if not quotas:
        return []
    policies = ", ".join(f'"{item.rule.name}";q={item.rule.quota};w={math.ceil(item.rule.window)}' for item in quotas)
    limits = ", ".join(
        f'"{item.rule.name}";r={max(0, math.floor(item.remaining))};t={math.ceil(item.reset)}' for item in quotas
    )
    return [(b"ratelimit-policy", policies.encode()), (b"ratelimit", limits.encode())]


def check_rules(config: RouterConfig) -> None:
    """Refuse rules that contradict each other or the rest; raises ConfigurationInvalid."""
    names = [rule.name for rule in config.rate_limits]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ConfigurationInvalid(f"rate_limits names {repeated[0]} twice; each rule needs a name of its own.")
    if config.demand.mode == "off" and any(rule.price == "cost" for rule in config.rate_limits):
        raise ConfigurationInvalid("A rate limit is priced by cost, so demand.mode must be measure or enforce.")


def _refuse(rule: RateLimitRule, wait: float, quotas: Iterable[Quota]) -> RateLimited:
    headers = describe_quotas(quotas)
    if math.isinf(wait):
        return RateLimited(
            f"This costs more than the whole quota of {rule.quota} per {rule.window:g} s. Ask for less at a time.",
            extensions={"rule": rule.name},
            headers=headers,
        )
    seconds = math.ceil(wait)
    return RateLimited(
        f"The quota of {rule.quota} per {rule.window:g} s is spent. Try again in {seconds} s.",
        extensions={"rule": rule.name, "retryAfter": seconds},
        headers=[*headers, (b"retry-after", b"%d" % seconds)],
    )
