"""The administration of events in every subgraph: root fields that bear the subgraph's name, behind `admin:outbox`.

The types are value types that all subgraphs share; the fields are each subgraph's own, for its events lie in its
database alone, and no key could tell a router whom to ask.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, cast

import strawberry
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from entrepot.shared.audit import Actor
from entrepot.shared.errors import DomainError, InvalidInput, NotFound
from entrepot.shared.events.operations import administration
from entrepot.shared.events.operations.administration import Decision, Unit
from entrepot.shared.events.operations.letters_in_bulk import (
    MAX_LETTERS,
    BulkResult,
    LetterFilter,
    drop_letters,
    retry_letters,
)
from entrepot.shared.graphql.costs import MUTATION, costs, expected
from entrepot.shared.graphql.errors import InvalidInputError, NotFoundError, RefusedError
from entrepot.shared.graphql.event_queue_types import SCOPE, EventQueue, QueueInfo, read_queue
from entrepot.shared.graphql.mutations.perform import run_unit
from entrepot.shared.graphql.mutations.refusals import present_refusals
from entrepot.shared.graphql.tags import OPERATIONS
from entrepot.shared.telemetry import note_refusal

_SCOPES: Final = [[SCOPE]]

_REFUSES: Final = (NotFound, InvalidInput)
EventQueueError = Annotated[
    NotFoundError | InvalidInputError | RefusedError,
    strawberry.union("EventQueueError", description="A reason for which an action on an event queue can be refused."),
]


@strawberry.federation.type(shareable=True)
class EventQueuePayload:
    """The result of an action on an event queue."""

    queue: EventQueue | None = None
    """The queue after the action, also when it was refused."""
    affected: int = 0
    """The number of events or dead letters that the action applied to; 0 when it was refused."""
    remaining: int | None = None
    """After an action on many dead letters, how many the filter still matches: repeat the action until it is 0."""
    errors: list[EventQueueError] = strawberry.federation.field(default_factory=list, directives=[expected(1)])


@strawberry.input
class RetryDeadLetterInput:
    """The dead letter to process again."""

    event_id: strawberry.ID
    """`DeadLetter.eventId`."""
    handler: str
    """`DeadLetter.handler`: an event can fail in several handlers, each with a dead letter."""


@strawberry.input
class DropDeadLetterInput:
    """The dead letter to drop, with a reason for the audit log."""

    event_id: strawberry.ID
    """`DeadLetter.eventId`."""
    handler: str
    """`DeadLetter.handler`: an event can fail in several handlers, each with a dead letter."""
    reason: str
    """Why it is not needed, for the audit log; 1 to 1,000 characters."""


@strawberry.input
class DeadLetterFilter:
    """Which dead letters; a condition that is not given matches all of them. Dropped dead letters never match."""

    type: str | None = None
    """The type of the event, such as `orders.order.placed`."""
    handler: str | None = None
    """`DeadLetter.handler`."""
    subject: str | None = None
    """The id of the aggregate, `DeadLetter.subject`."""
    failed_since: datetime | None = None
    """The earliest time of the last failure, inclusive."""
    failed_before: datetime | None = None
    """The end of the time range of the last failure, exclusive. With it, a retry that is repeated comes to an end."""

    def read(self) -> LetterFilter:
        return LetterFilter(
            type=self.type,
            handler=self.handler,
            subject=self.subject,
            failed_since=self.failed_since,
            failed_before=self.failed_before,
        )


@strawberry.input
class RetryDeadLettersInput:
    """The dead letters to process again, up to a limit."""

    filter: DeadLetterFilter
    """Which ones."""
    limit: int = MAX_LETTERS
    """How many at most; 1 to 1,000."""


@strawberry.input
class DropDeadLettersInput:
    """The dead letters to drop, up to a limit, with a reason for the audit log."""

    filter: DeadLetterFilter
    """Which ones."""
    reason: str
    """Why they are not needed, for the audit log; 1 to 1,000 characters."""
    limit: int = MAX_LETTERS
    """How many at most; 1 to 1,000."""


@strawberry.input
class RetryEventInput:
    """The undelivered event to send now."""

    event_id: strawberry.ID
    """`UndeliveredEvent.eventId`."""


@strawberry.input
class DropEventInput:
    """The undelivered event not to send, with a reason for the audit log."""

    event_id: strawberry.ID
    """`UndeliveredEvent.eventId`."""
    reason: str
    """Why it must not be sent, for the audit log; 1 to 1,000 characters."""


@strawberry.input
class ReplayEventsInput:
    """The delivered events to send again: of one aggregate, of a time range, or of both; at most 10,000 at once."""

    reason: str
    """Why they are sent again, for the audit log; 1 to 1,000 characters."""
    subject: str | None = None
    """The id of an aggregate, to send its events only. `subject`, `since` or both are required."""
    since: datetime | None = None
    """The start of the time range, inclusive; at most 14 days ago, which is also the default."""
    until: datetime | None = None
    """The end of the time range, exclusive; by default it is open."""


async def _retry_dead_letter(unit: Unit, decision: Decision, given: RetryDeadLetterInput) -> int:
    await administration.retry_dead_letter(unit, decision, event_id=given.event_id, handler=given.handler)
    return 1


async def _drop_dead_letter(unit: Unit, decision: Decision, given: DropDeadLetterInput) -> int:
    await administration.drop_dead_letter(unit, decision, event_id=given.event_id, handler=given.handler)
    return 1


async def _retry_dead_letters(unit: Unit, decision: Decision, given: RetryDeadLettersInput) -> BulkResult:
    return await retry_letters(unit, decision, given.filter.read(), given.limit)


async def _drop_dead_letters(unit: Unit, decision: Decision, given: DropDeadLettersInput) -> BulkResult:
    return await drop_letters(unit, decision, given.filter.read(), given.limit)


async def _retry_event(unit: Unit, decision: Decision, given: RetryEventInput) -> int:
    await administration.retry_event(unit, decision, event_id=given.event_id)
    return 1


async def _drop_event(unit: Unit, decision: Decision, given: DropEventInput) -> int:
    await administration.drop_event(unit, decision, event_id=given.event_id)
    return 1


async def _replay_events(unit: Unit, decision: Decision, given: ReplayEventsInput) -> int:
    return await administration.replay_events(
        unit, decision, subject=given.subject, since=given.since, until=given.until
    )


@dataclass(frozen=True, slots=True)
class _Mutation:
    """`perform` answers how many events or dead letters it was about, and with a filter how many are left."""

    name: str
    input: type
    perform: Callable[[Unit, Decision, Any], Awaitable[int | BulkResult]]
    description: str


_MUTATIONS: Final = (
    _Mutation(
        "RetryDeadLetter",
        RetryDeadLetterInput,
        _retry_dead_letter,
        "Pass a dead letter to its handler again, shortly. A dropped one can be retried, too.",
    ),
    _Mutation(
        "DropDeadLetter",
        DropDeadLetterInput,
        _drop_dead_letter,
        "Drop a dead letter: it is not processed, and no longer counted.",
    ),
    _Mutation(
        "RetryDeadLetters",
        RetryDeadLettersInput,
        _retry_dead_letters,
        "Pass the dead letters that match a filter to their handlers again, shortly; up to 1,000 at once.",
    ),
    _Mutation(
        "DropDeadLetters",
        DropDeadLettersInput,
        _drop_dead_letters,
        "Drop the dead letters that match a filter; up to 1,000 at once.",
    ),
    _Mutation("RetryEvent", RetryEventInput, _retry_event, "Send a waiting, rejected or dropped event now."),
    _Mutation(
        "DropEvent",
        DropEventInput,
        _drop_event,
        "Drop an undelivered event: it is not sent. One that is being sent may still arrive.",
    ),
    _Mutation(
        "ReplayEvents",
        ReplayEventsInput,
        _replay_events,
        "Send delivered events again, with the same ids: a consumer that has processed one ignores it.",
    ),
)


def build_queue_query(subgraph: str) -> type:
    """A Query type with the field `<subgraph>EventQueue`."""

    async def read(info: QueueInfo) -> EventQueue:
        return await read_queue(info.context, subgraph)

    field = _build_field(f"{subgraph}EventQueue", read, f"The outbox and the dead letters of the subgraph {subgraph}.")
    return create_type("Query", [field])


def build_queue_mutation(subgraph: str) -> type:
    """A Mutation type with the actions of an administrator, each named for the subgraph."""
    fields = [
        _build_field(
            f"{subgraph}{mutation.name}",
            _build_resolver(subgraph, mutation),
            mutation.description,
            directives=[costs(MUTATION)],
        )
        for mutation in _MUTATIONS
    ]
    return create_type("Mutation", fields)


def _build_resolver(subgraph: str, mutation: _Mutation) -> Callable[..., Awaitable[EventQueuePayload]]:
    async def resolve(info: QueueInfo, input: Any) -> EventQueuePayload:  # noqa: A002 - what every mutation calls it
        context = info.context
        decision = Decision(Actor.of(context.caller), getattr(input, "reason", ""))
        try:
            done = await run_unit(context, lambda unit: mutation.perform(unit, decision, input))
            if isinstance(done, BulkResult):
                payload = EventQueuePayload(affected=done.affected, remaining=done.remaining)
            else:
                payload = EventQueuePayload(affected=done)
        except DomainError as error:
            note_refusal(error.code)
            errors = present_refusals(error, _REFUSES, mutation.name)
            payload = EventQueuePayload(errors=cast("list[EventQueueError]", errors))
        payload.queue = await read_queue(context, subgraph)
        return payload

    # Strawberry reads a resolver's arguments from its annotations.
    resolve.__annotations__["input"] = mutation.input
    return resolve


def _build_field(
    name: str, resolver: Callable[..., Awaitable[Any]], description: str, **options: Any
) -> StrawberryField:
    field: StrawberryField = strawberry.federation.field(
        resolver=resolver,
        name=name,
        requires_scopes=_SCOPES,
        tags=[OPERATIONS],
        description=description,
        **options,
    )
    field.python_name = name
    return field
