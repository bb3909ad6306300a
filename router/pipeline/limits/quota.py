"""The quota that a rate limit leaves to a client."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.router.config import RateLimitRule


@dataclass(frozen=True, slots=True)
class Quota:
    """What remains in a client's bucket of the rule; `reset` is the time until it is full, in seconds."""

    rule: RateLimitRule
    remaining: float
    reset: float
