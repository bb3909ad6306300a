"""Whether a failed request is asked again, and after what pause: within a budget, so that retries never add up."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

from entrepot.router.config import RetryConfig
from entrepot.router.errors import SubgraphUnavailable
from entrepot.router.execution import SubgraphResponse
from entrepot.router.traffic.resilience.deadlines import Deadline
from entrepot.shared.clock import Clock
from entrepot.shared.randomness import Randomness


class RetryBudget:
    """A bucket of tokens: each request puts a share of one in, each retry takes a whole one out."""

    def __init__(self, share: float, reserve: int) -> None:
        self._share = share
        # At least one token must fit, or a share alone would never come to a retry.
        self._size = float(max(1, reserve))
        self._tokens = float(reserve)

    def deposit(self) -> None:
        self._tokens = min(self._size, self._tokens + self._share)

    def withdraw(self) -> bool:
        """Whether there was a token to take."""
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class Retries:
    """The retries of one subgraph."""

    def __init__(self, config: RetryConfig, clock: Clock, randomness: Randomness) -> None:
        self._statuses = frozenset(config.statuses)
        self._config = config
        self._clock = clock
        self._randomness = randomness
        self._budget = RetryBudget(config.budget, config.reserve)

    def note_request(self) -> None:
        """A request begins; what is asked again is not counted a second time."""
        self._budget.deposit()

    def choose_pause(
        self, reply: SubgraphResponse | SubgraphUnavailable, attempts: int, deadline: Deadline
    ) -> float | None:
        """The seconds to wait before a request is sent again, None when the reply to that many attempts is to stand."""
        told = 0.0
        if isinstance(reply, SubgraphUnavailable):
            if not reply.is_passing:
                return None
        elif reply.status in self._statuses:
            # The subgraph's own word (RFC 9110 section 10.2.3).
            told = self._read_retry_after(reply.headers.get("retry-after", ""))
        else:
            return None
        config = self._config
        if attempts >= config.attempts or told > config.longest_pause:
            return None
        longest = min(config.longest_pause, config.pause * 2 ** (attempts - 1))
        # Anything up to the longest: those who failed together do not come back together.
        pause = told + self._randomness.uniform(0.0, longest)
        # A pause that outlasts the deadline would only keep the client waiting.
        if pause >= deadline.seconds_left or not self._budget.withdraw():
            return None
        return pause

    def _read_retry_after(self, text: str) -> float:
        """Seconds, or until a date; what is neither asks for nothing."""
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
