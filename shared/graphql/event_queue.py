"""The administration of events in every subgraph: root fields that bear the subgraph's name, behind `admin:outbox`.

The types are value types that all subgraphs share; the fields are each subgraph's own, for its events lie in its
database alone, and no key could tell a router whom to ask.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

import strawberry
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from entrepot.shared.events import administration
from entrepot.shared.events.administration import Deed, Unit
from entrepot.shared.graphql.errors import InvalidInputError, NotFoundError
from entrepot.shared.graphql.event_queue_types import SCOPE, EventQueue, QueueInfo, read_queue
from entrepot.shared.graphql.payloads import mutate

_SCOPES: Final = [[SCOPE]]

EventQueueError = Annotated[NotFoundError | InvalidInputError, strawberry.union("EventQueueError")]


@strawberry.federation.type(shareable=True, description="The queue after what was asked for.")
class EventQueuePayload:
    queue: EventQueue | None = None
    affected: int = strawberry.field(default=0, description="How many events or dead letters it was about.")
    errors: list[EventQueueError] = strawberry.field(default_factory=list)


@strawberry.input(description="A dead letter to be given to its handler once more.")
class RetryDeadLetterInput:
    event_id: strawberry.ID
    handler: str


@strawberry.input(description="A dead letter that nobody will deal with, and why.")
class DropDeadLetterInput:
    event_id: strawberry.ID
    handler: str
    reason: str


@strawberry.input(description="An event to be sent at once.")
class RetryEventInput:
    event_id: strawberry.ID


@strawberry.input(description="An event that will not be sent, and why.")
class DropEventInput:
    event_id: strawberry.ID
    reason: str


@strawberry.input(description="Which events to send again: of an aggregate, of a time span, or both; and why.")
class ReplayEventsInput:
    reason: str
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = strawberry.field(default=None, description="The first moment after the time span.")


async def _retry_dead_letter(unit: Unit, deed: Deed, given: RetryDeadLetterInput) -> int:
    await administration.retry_dead_letter(unit, deed, event_id=given.event_id, handler=given.handler)
    return 1


async def _drop_dead_letter(unit: Unit, deed: Deed, given: DropDeadLetterInput) -> int:
    await administration.drop_dead_letter(unit, deed, event_id=given.event_id, handler=given.handler)
    return 1


async def _retry_event(unit: Unit, deed: Deed, given: RetryEventInput) -> int:
    await administration.retry_event(unit, deed, event_id=given.event_id)
    return 1


async def _drop_event(unit: Unit, deed: Deed, given: DropEventInput) -> int:
    await administration.drop_event(unit, deed, event_id=given.event_id)
    return 1


async def _replay_events(unit: Unit, deed: Deed, given: ReplayEventsInput) -> int:
    return await administration.replay_events(unit, deed, subject=given.subject, since=given.since, until=given.until)


@dataclass(frozen=True, slots=True)
class _Mutation:
    """`perform` answers how many events or dead letters it was about."""

    name: str
    input: type
    perform: Callable[[Unit, Deed, Any], Awaitable[int]]
    description: str


_MUTATIONS: Final = (
    _Mutation(
        "RetryDeadLetter",
        RetryDeadLetterInput,
        _retry_dead_letter,
        "Give a dead letter to its handler once more, soon.",
    ),
    _Mutation(
        "DropDeadLetter", DropDeadLetterInput, _drop_dead_letter, "Decide that nobody will deal with a dead letter."
    ),
    _Mutation(
        "RetryEvent", RetryEventInput, _retry_event, "Send an event that waits, or that the bus refused, at once."
    ),
    _Mutation("DropEvent", DropEventInput, _drop_event, "Decide that an event will not be sent."),
    _Mutation(
        "ReplayEvents",
        ReplayEventsInput,
        _replay_events,
        "Send delivered events again; what has taken effect does not do so twice.",
    ),
)


def build_queue_query(subgraph: str) -> type:
    """A Query type with the field `<subgraph>EventQueue`."""

    async def read(info: QueueInfo) -> EventQueue:
        return await read_queue(info.context, subgraph)

    field = _build_field(f"{subgraph}EventQueue", read, f"The events of {subgraph}, out and in.")
    return create_type("Query", [field])


def build_queue_mutation(subgraph: str) -> type:
    """A Mutation type with the deeds of an administrator, each named for the subgraph."""
    fields = [
        _build_field(f"{subgraph}{mutation.name}", _build_resolver(subgraph, mutation), mutation.description)
        for mutation in _MUTATIONS
    ]
    return create_type("Mutation", fields)


def _build_resolver(subgraph: str, mutation: _Mutation) -> Callable[..., Awaitable[EventQueuePayload]]:
    async def resolve(info: QueueInfo, input: Any) -> EventQueuePayload:  # noqa: A002 - what every mutation calls it
        context = info.context
        deed = Deed(context.principal.require_user(), getattr(input, "reason", ""))
        payload = await mutate(
            context,
            EventQueuePayload,
            lambda unit: mutation.perform(unit, deed, input),
            lambda affected: EventQueuePayload(affected=affected),
        )
        payload.queue = await read_queue(context, subgraph)
        return payload

    # Strawberry reads a resolver's arguments from its annotations.
    resolve.__annotations__["input"] = mutation.input
    return resolve


def _build_field(name: str, resolver: Callable[..., Awaitable[Any]], description: str) -> StrawberryField:
    field: StrawberryField = strawberry.federation.field(
        resolver=resolver, name=name, requires_scopes=_SCOPES, description=description
    )
    field.python_name = name
    return field
