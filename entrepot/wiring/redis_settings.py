"""Where Redis is, for whoever shares something there: subgraphs, workers and routers read the same settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class RedisSection:
    """Read from ENTREPOT_REDIS_*.

    `denylist_on_failure` is whether tokens are accepted that cannot be checked. With `answers`, routers that keep
    answers of subgraphs share them here, and workers tell them which are no longer true.
    """

    url: str = ""
    prefix: str = "entrepot"
    denylist_on_failure: Literal["refuse", "accept"] = "refuse"
    answers: bool = False

    @property
    def answers_prefix(self) -> str:
        """What the keys of kept answers begin with."""
        return f"{self.prefix}:answers"
