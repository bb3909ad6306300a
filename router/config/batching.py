"""Batching: several requests sent as one HTTP request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchingConfig:
    """Batching over HTTP: a JSON array of requests is answered with a JSON array of responses."""

    enabled: bool = False
    """Whether arrays of requests are accepted."""
    max_requests: int = 10
    """The most requests per batch."""
