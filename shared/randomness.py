"""Randomness as a seam: real and unguessable in production, seeded in tests."""

from __future__ import annotations

import random
import secrets
from typing import Protocol


class Randomness(Protocol):
    """What code may ask of chance."""

    def token_bytes(self, size: int) -> bytes:
        """That many unguessable bytes."""
        ...

    def uniform(self, low: float, high: float) -> float:
        """A number between the two, for jitter."""
        ...


class SystemRandomness:
    """The operating system's entropy."""

    def token_bytes(self, size: int) -> bytes:
        return secrets.token_bytes(size)

    def uniform(self, low: float, high: float) -> float:
        return random.uniform(low, high)  # noqa: S311 - jitter needs no entropy


class SeededRandomness:
    """The same sequence for the same seed; for tests and seeds only."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - replayable on purpose

    def token_bytes(self, size: int) -> bytes:
        return self._random.randbytes(size)

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)
