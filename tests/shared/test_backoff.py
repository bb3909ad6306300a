"""Pauses between attempts."""

from __future__ import annotations

from entrepot.shared.backoff import Backoff
from entrepot.shared.randomness import SeededRandomness


def test_backoff_doubles_with_jitter_up_to_its_limit() -> None:
    backoff, randomness = Backoff(base=0.5, limit=10), SeededRandomness(1)
    for failures, nominal in [(1, 0.5), (2, 1), (3, 2), (5, 8), (6, 10), (10_000, 10)]:
        delays = [backoff.delay(failures, randomness) for _ in range(50)]
        assert nominal / 2 <= min(delays) < max(delays) <= nominal
