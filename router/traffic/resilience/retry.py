"""Retries with exponential backoff and jitter, within a retry budget."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

from entrepot.router.config import RetryBudgetConfig, RetryConfig
from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution import SubgraphResponse
from entrepot.router.traffic.resilience.deadlines import Deadline
from entrepot.shared.clock import Clock
from entrepot.shared.randomness import Randomness


class RetryBudget:
    """A token bucket: every request adds a share of a token, every retry takes one token."""

    def __init__(self, config: RetryBudgetConfig) -> None:
        self._ratio = config.ratio
        # At least one token must fit, or a ratio alone would never permit a retry.
        self._size = float(max(1, config.burst))
        self._tokens = float(config.burst)

    def add_request(self) -> None:
        self._tokens = min(self._size, self._tokens + self._ratio)

    def try_acquire(self) -> bool:
        """Take a token for a retry; False when none is left."""
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class Retries:
    """Decides about the retries of one subgraph."""

    def __init__(self, config: RetryConfig, clock: Clock, randomness: Randomness) -> None:
        self._statuses = frozenset(config.statuses)
        self._config = config
        self._clock = clock
        self._randomness = randomness
        self._budget = RetryBudget(config.retry_budget)

    def add_request(self) -> None:
        """Count a request into the retry budget; its retries are not counted."""
        self._budget.add_request()

    def choose_backoff(
        self, reply: SubgraphResponse | SubgraphUnavailable, attempts: int, deadline: Deadline
    ) -> float | None:
        """Seconds to wait before the next attempt; None when the reply to that many attempts is final."""
        retry_after = 0.0
        if isinstance(reply, SubgraphUnavailable):
            if not reply.is_transient:
                return None
        elif reply.status in self._statuses:
            # RFC 9110 section 10.2.3.
            retry_after = self._read_retry_after(reply.headers.get("retry-after", ""))
        else:
            return None
        config = self._config
        if attempts >= config.max_attempts or retry_after > config.max_backoff:
            return None
        bound = min(config.max_backoff, config.backoff * 2 ** (attempts - 1))
        # Full jitter: clients that failed at the same time do not retry at the same time.
        backoff = retry_after + self._randomness.uniform(0.0, bound)
        # A backoff beyond the deadline would only keep the client waiting.
        if backoff >= deadline.seconds_left or not self._budget.try_acquire():
            return None
        return backoff

    def _read_retry_after(self, text: str) -> float:
        """The seconds in a `Retry-After` header, given as a number or as a date; 0 for anything else."""
        if not text:
            return 0.0
        if text.isdecimal():
            return float(text)
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return 0.0
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - self._clock.now()).total_seconds())
