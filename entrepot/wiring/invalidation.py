"""Invalidation of cached responses by events: the consumer that acts on what subgraphs declare of their events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import fields
from typing import Final, Protocol

import msgspec

from entrepot.shared.events.bus.bus import Bus, Message
from entrepot.shared.events.contracts.reference import Reference
from entrepot.shared.events.event import Event, EventUnknown, read_envelope, topic_of
from entrepot.shared.subgraph import AnySubgraph, ChangedEntities
from entrepot.shared.telemetry import get_logger

GROUP: Final = "response-cache"
"""What the name of each subgraph's group begins with; each event is handled once, however many processes listen."""

_log: Final = get_logger(__name__)


class RunsSubgraph(Protocol):
    """A process of a subgraph."""

    subgraph: AnySubgraph


class AnswerInvalidation:
    """Consumes the events of subgraphs and invalidates the cached responses of the entities that they change."""

    def __init__(
        self, invalidate: Callable[[Iterable[str]], Awaitable[None]], processes: Iterable[RunsSubgraph]
    ) -> None:
        self._invalidate = invalidate
        self._subgraphs = [process.subgraph for process in processes]
        self._changed: ChangedEntities = {
            contract: entities for subgraph in self._subgraphs for contract, entities in subgraph.shows.items()
        }

    async def listen(self, bus: Bus) -> None:
        """Take events from now on: in a group per subgraph, since processes of one subgraph subscribe to the same."""
        for subgraph in self._subgraphs:
            topics = sorted({topic_of(contract.TYPE) for contract in subgraph.shows})
            if topics:
                await bus.subscribe(f"{GROUP}.{subgraph.name}", topics, self.receive)

    async def receive(self, message: Message) -> None:
        """Raises CacheUnavailable when it was not heard: then the bus brings the message again."""
        try:
            envelope = read_envelope(message.value)
        except msgspec.DecodeError:
            # Its subscriber stores it as a dead letter and reports it.
            return
        try:
            tags = list_tags(envelope.open(), self._changed)
        except (EventUnknown, msgspec.ValidationError):
            # Of a newer version than this process: what it changed is somewhere in its domain.
            tags = [f"subgraph:{envelope.type.partition('.')[0]}"]
            _log.warning("response_cache.event_not_understood", type=envelope.type, version=envelope.dataversion)
        if tags:
            await self._invalidate(tags)


def list_tags(event: Event, changed: ChangedEntities) -> list[str]:
    """The tags of the responses that the event invalidates (docs/caching.md).

    What the event refers to shows it as well: an order shows its payment.
    """
    entities = changed.get(type(event))
    if entities is None:
        return []
    keys = [(name, getattr(event, field)) for name, fields in entities.items() for field in fields]
    references = (value for value in fields_of(event) if isinstance(value, Reference))
    keys += [(reference.type, reference.id) for reference in references]
    return [f"entity:{name}:{key}" for name, key in keys]


def fields_of(event: Event) -> list[object]:
    """The values of the event's fields."""
    return [getattr(event, field.name) for field in fields(event)]  # type: ignore[arg-type]  # every one is a dataclass
