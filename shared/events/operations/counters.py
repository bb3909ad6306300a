"""Counters of the events that a process publishes and handles."""

from __future__ import annotations

from dataclasses import dataclass, field


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


_FORGOTTEN_AFTER = 60.0
"""Seconds after which a message that has not come again was dealt with, here or in a newer process."""


@dataclass(slots=True)
class UnknownVersions:
    """Events that wait because this process does not know their version yet, by type and version."""

    _seen: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)

    def note(self, type_: str, version: int, now: float) -> None:
        """One came, again perhaps."""
        first, last = self._seen.get((type_, version), (now, now))
        self._seen[type_, version] = (now if now - last > _FORGOTTEN_AFTER else first, now)

    def waiting(self, now: float) -> dict[tuple[str, int], float]:
        """How long those that wait have done so, in seconds."""
        return {key: now - first for key, (first, last) in self._seen.items() if now - last <= _FORGOTTEN_AFTER}
