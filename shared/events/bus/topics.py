"""Topics as data: how many partitions each has, and how long it keeps what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from entrepot.shared.events.event import known_contracts, snapshots_topic, topic_of

_DAY: Final = 24 * 60 * 60
PARTITIONS: Final = 48
"""Those of a new topic: more than the workers that a subgraph needs for years, since adding some moves keys."""
_EVENTS: Final = 14 * _DAY
_SNAPSHOTS: Final = 3 * _DAY
"""Pages are of use while a rebuild is under way."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic to be there before anything is sent; `retention` in seconds, None indefinitely.

    Partitions bound how many workers of one subgraph can share its work. They can be added, never taken away, and
    adding moves keys: do it with the relays stopped and everything sent dealt with.
    """

    name: str
    partitions: int = PARTITIONS
    retention: int | None = _EVENTS


def list_topics(partitions: int = PARTITIONS) -> tuple[Topic, ...]:
    """The topics of all contracts and of their snapshots, by name."""
    names = {topic_of(contract.TYPE): _EVENTS for contract in known_contracts()}
    names |= {snapshots_topic(contract.TYPE): _SNAPSHOTS for contract in known_contracts() if contract.IS_FULL_STATE}
    return tuple(Topic(name, partitions, names[name]) for name in sorted(names))
