"""What every subgraph announces of the events that it could not deal with."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.events.event import Event, contract


@contract("dead-letters.event.buried", subject="event_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class EventBuried(Event):
    """A handler kept failing on an event. The event itself stays in the subgraph's dead letters, and on its topic.

    `buried_subject` is the aggregate it is about, `topic` where it came from.
    """

    event_id: str
    handler: str
    buried_by: str
    buried_subject: str
    topic: str
    reason: str
    attempts: int
