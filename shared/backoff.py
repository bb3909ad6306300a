"""How long to wait before the next attempt: twice as long each time, with jitter, up to a limit."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.randomness import Randomness


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds: `base` after the first failure, doubling up to `limit`."""

    base: float
    limit: float

    def delay(self, failures: int, randomness: Randomness) -> float:
        """The pause after that many failures in a row, from half to all of its nominal length."""
        nominal = min(self.limit, self.base * 2.0 ** min(failures - 1, 30))
        return randomness.uniform(nominal / 2, nominal)
