"""Whether several requests may be sent as one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchingConfig:
    """A JSON array of requests is answered with an array of answers; at most `maximum` of them."""

    enabled: bool = False
    maximum: int = 10
