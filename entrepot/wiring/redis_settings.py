"""Settings of Redis, the same for subgraphs, workers and routers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class RedisSection:
    """Read from ENTREPOT_REDIS_*.

    `denylist_on_failure` decides about tokens while the denylist cannot be read: `fail_closed` rejects them,
    `fail_open` accepts them. With `response_cache`, routers share their response caches in Redis, and workers
    invalidate entries.
    """

    url: str = ""
    prefix: str = "entrepot"
    denylist_on_failure: Literal["fail_closed", "fail_open"] = "fail_closed"
    response_cache: bool = False

    @property
    def response_cache_prefix(self) -> str:
        """The prefix of keys of the response cache."""
        return f"{self.prefix}:response-cache"
