"""Where Redis is, for whoever shares something there: subgraphs, workers and routers read the same settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class RedisSection:
    """Read from ENTREPOT_REDIS_*: `denylist_when_away` is whether tokens are accepted that cannot be checked."""

    url: str = ""
    prefix: str = "entrepot"
    denylist_when_away: Literal["refuse", "accept"] = "refuse"
