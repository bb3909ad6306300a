"""All that is not deterministic, in one value that the composition root fills and passes down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from entrepot.shared.clock import Clock, SystemClock
from entrepot.shared.ids import Ids
from entrepot.shared.randomness import Randomness, SystemRandomness


def ignore_failpoint(_point: str) -> None:
    """Nothing happens at a failpoint in production."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Time, chance and ids; and the failpoints at which a test may end the process."""

    clock: Clock
    randomness: Randomness
    ids: Ids
    failpoint: Callable[[str], None] = ignore_failpoint

    @classmethod
    def of(cls, clock: Clock, randomness: Randomness, failpoint: Callable[[str], None] = ignore_failpoint) -> Self:
        return cls(clock, randomness, Ids(clock, randomness), failpoint)

    @classmethod
    def system(cls) -> Self:
        """The machine's own."""
        return cls.of(SystemClock(), SystemRandomness())
