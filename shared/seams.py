"""All that is not deterministic, in one value that the composition root fills and passes down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from shared.clock import Clock, SystemClock
from shared.ids import Ids
from shared.randomness import Randomness, SystemRandomness


@dataclass(frozen=True, slots=True)
class Seams:
    """Time, chance and ids."""

    clock: Clock
    randomness: Randomness
    ids: Ids

    @classmethod
    def of(cls, clock: Clock, randomness: Randomness) -> Self:
        return cls(clock, randomness, Ids(clock, randomness))

    @classmethod
    def system(cls) -> Self:
        """The machine's own."""
        return cls.of(SystemClock(), SystemRandomness())
