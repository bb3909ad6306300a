"""What every subgraph announces of the events that it could not deal with."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.events.event import Event, contract


@contract("dead-letters.event.added", subject="event_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class EventDeadLettered(Event):
    """A handler kept failing on an event. The event itself stays in the subgraph's dead letters, and on its topic.

    `aggregate` is the aggregate it is about, `topic` where it came from.
    """

    event_id: str
    handler: str
    subgraph: str
    aggregate: str
    topic: str
    reason: str
    attempts: int
