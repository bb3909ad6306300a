"""Stages: rate limits by token buckets, and the headers that report them."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Iterable

from entrepot.router.config import RateLimitRule, RouterConfig
from entrepot.router.errors import ConfigurationInvalid, RateLimited
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.limits.quota import Quota
from entrepot.shared.caching import Limiter
from entrepot.shared.caching.addresses import widen_address


class RateLimiter:
    """Takes the cost of each operation from the token buckets of its client, in the order of the rules."""

    def __init__(self, rules: Iterable[RateLimitRule], limiter: Limiter) -> None:
        self._limiter = limiter
        rules = tuple(rules)
        self.by_request = tuple(rule for rule in rules if rule.cost == "request")
        self.by_estimate = tuple(rule for rule in rules if rule.cost == "estimated")

    def take_request(self, context: RequestContext) -> Awaitable[None]:
        """Take one token per operation from the buckets with `cost: request`; raises RateLimited."""
        return self._take(context, self.by_request, 1.0)

    def take_estimate(self, context: RequestContext) -> Awaitable[None] | None:
        """Take the estimated cost from the buckets with `cost: estimated`; raises RateLimited."""
        cost = context.cost.estimate if context.cost is not None else 0
        return self._take(context, self.by_estimate, float(cost)) if cost else None

    async def _take(self, context: RequestContext, rules: Iterable[RateLimitRule], cost: float) -> None:
        for rule in rules:
            client = name_client(rule, context)
            if client is None:
                continue
            rate = rule.capacity / rule.window
            key = f"rate:{rule.name}:{client}"
            taken = await self._limiter.draw(key, cost, capacity=rule.capacity, per_second=rate)
            quota = Quota(rule, taken.remaining, (rule.capacity - taken.remaining) / rate)
            context.quotas = (*context.quotas, quota)
            if taken.wait:
                raise _refuse(rule, taken.wait, context.quotas)


def name_client(rule: RateLimitRule, context: RequestContext) -> str | None:
    """The client whose bucket is used; None if the rule does not apply to the caller."""
    caller = context.request.caller
    if rule.by == "api_key":
        return caller.key_name
    if rule.by == "identity":
        return caller.principal.user_id
    if rule.anonymous_only and caller.principal.is_authenticated:
        return None
    return widen_address(context.request.address)


def describe_quotas(quotas: Iterable[Quota]) -> list[tuple[bytes, bytes]]:
    """The fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10), and `X-RateLimit-*`."""
    quotas = tuple(quotas)
    if not quotas:
        return []
    policies = ", ".join(
        f'"{item.rule.name}";q={item.rule.capacity};w={math.ceil(item.rule.window)}' for item in quotas
    )
    limits = ", ".join(
        f'"{item.rule.name}";r={max(0, math.floor(item.remaining))};t={math.ceil(item.reset)}' for item in quotas
    )
    return [(b"ratelimit-policy", policies.encode()), (b"ratelimit", limits.encode()), *_describe_least(quotas)]


def _describe_least(quotas: Iterable[Quota]) -> list[tuple[bytes, bytes]]:
    """The fields `X-RateLimit-*`, which can tell of one rule only: of the one that has the smallest share left."""
    shown = [quota for quota in quotas if quota.rule.x_headers]
    if not shown:
        return []
    least = min(shown, key=lambda quota: quota.remaining / quota.rule.capacity)
    return [
        (b"x-ratelimit-limit", b"%d" % least.rule.capacity),
        (b"x-ratelimit-remaining", b"%d" % max(0, math.floor(least.remaining))),
        (b"x-ratelimit-reset", b"%d" % math.ceil(least.reset)),
    ]


def check_rules(config: RouterConfig) -> None:
    """Refuse rules that contradict each other or the rest; raises ConfigurationInvalid."""
    names = [rule.name for rule in config.rate_limits]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ConfigurationInvalid(f"rate_limits names {repeated[0]} twice; each rule needs a name of its own.")
    if config.demand_control.mode == "off" and any(rule.cost == "estimated" for rule in config.rate_limits):
        raise ConfigurationInvalid(
            "A rate limit has `cost: estimated`, so demand_control.mode must be measure or enforce."
        )


def _refuse(rule: RateLimitRule, wait: float, quotas: Iterable[Quota]) -> RateLimited:
    headers = describe_quotas(quotas)
    if math.isinf(wait):
        return RateLimited(
            f"This costs more than the whole quota of {rule.capacity} per {rule.window:g} s. Ask for less at a time.",
            extensions={"rule": rule.name},
            headers=headers,
        )
    seconds = math.ceil(wait)
    return RateLimited(
        f"The quota of {rule.capacity} per {rule.window:g} s is spent. Try again in {seconds} s.",
        extensions={"rule": rule.name, "retryAfter": seconds},
        headers=[*headers, (b"retry-after", b"%d" % seconds)],
    )
