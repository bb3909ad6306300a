"""Subscription deduplication: one upstream subscription per distinct operation and identity."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionDeduplicationConfig:
    """Subscription deduplication: clients of one identity with the same operation share one stream from a subgraph."""

    queue_capacity: int = 256
    """The most events that wait per client. A client that falls further behind while others keep up is closed."""
    queue_max_bytes: int = 8 * 1024 * 1024
    """The most bytes that wait per client."""
    max_reconnect_attempts: int = 3
    """How often in a row a broken stream is opened again; 0 disables reconnecting."""
    backoff: float = 0.5
    """Seconds before the first attempt to reconnect, doubled for each further one and jittered by up to half."""
    max_backoff: float = 10.0
    """The longest backoff, in seconds."""
    live_subgraphs: tuple[str, ...] = ()
    """Subgraphs whose streams report changes only, without initial events or replay. Their streams can be joined and
    reopened at any time; all others only before their first event."""
