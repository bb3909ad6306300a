"""All that is not deterministic, in one value that the composition root fills and passes down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from entrepot.shared.clock import Clock, SystemClock
from entrepot.shared.ids import Ids
from entrepot.shared.randomness import Randomness, SystemRandomness


def pass_by(_point: str) -> None:
    """Nothing happens at a checkpoint in production."""


@dataclass(frozen=True, slots=True)
class Seams:
    """Time, chance and ids; and the checkpoints at which a test may end the process."""

    clock: Clock
    randomness: Randomness
    ids: Ids
    checkpoint: Callable[[str], None] = pass_by

    @classmethod
    def of(cls, clock: Clock, randomness: Randomness, checkpoint: Callable[[str], None] = pass_by) -> Self:
        return cls(clock, randomness, Ids(clock, randomness), checkpoint)

    @classmethod
    def system(cls) -> Self:
        """The machine's own."""
        return cls.of(SystemClock(), SystemRandomness())
