"""Counters of the events that a process publishes and handles."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class EventCounters:
    """Since the process started; `retries` are attempts after the first, of sending and of handling alike."""

    published: int = 0
    publish_failures: int = 0
    handled: int = 0
    handler_failures: int = 0
    retries: int = 0
    dead_lettered: int = 0
    pruning_failures: int = 0
