"""The guards that the configuration adds to the stages of every request."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.router.pipeline.authorization.policies import PolicyChecks
from entrepot.router.pipeline.instrumentation.security_log import SecurityLog
from entrepot.router.pipeline.limits.client_concurrency import ClientConcurrencyLimit
from entrepot.router.pipeline.limits.rate_limits import RateLimiter


@dataclass(frozen=True, slots=True)
class Guards:
    """None is a guard that nothing was configured for, which costs nothing then; so does `is_costed` False."""

    rate_limiter: RateLimiter | None = None
    policies: PolicyChecks | None = None
    is_costed: bool = True
    client_concurrency: ClientConcurrencyLimit = field(
        default_factory=lambda: ClientConcurrencyLimit(None, SecurityLog())
    )
    security: SecurityLog = field(default_factory=SecurityLog)
