"""The events of a subgraph as its graph shows them to administrators: what waits, what failed, who did what."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Self

import strawberry
from sqlalchemy import Row
from strawberry.types import Info

from entrepot.shared.events.operations import administration
from entrepot.shared.graphql.arguments import After, Before, First, Last
from entrepot.shared.graphql.connections import build_connection
from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.costs import CONNECTION
from entrepot.shared.graphql.types import PageInfo
from entrepot.shared.pagination import read_page_request

SCOPE: Final = "admin:outbox"

QueueInfo = Info[Context[Any], None]


EventId = Annotated[strawberry.ID, strawberry.argument(description="The id of the event, as in its envelope.")]


@strawberry.enum
class DeadLetterStatus(StrEnum):
    """Whether a dead letter is processed again."""

    UNRESOLVED = "UNRESOLVED"
    """Waits for a decision: retry it or drop it."""
    RETRYING = "RETRYING"
    """Is passed to its handler again shortly."""
    DROPPED = "DROPPED"
    """Is not processed again; a retry is still possible."""


@strawberry.enum
class UndeliveredEventStatus(StrEnum):
    """Whether an undelivered event will be sent."""

    WAITING = "WAITING"
    """Is sent when the earlier events of its aggregate are delivered and its next attempt is due."""
    REJECTED = "REJECTED"
    """The event bus rejected it, for example as too large; it stays until it is retried or dropped."""
    DROPPED = "DROPPED"
    """An administrator decided not to send it; a retry is still possible."""


@strawberry.federation.type(shareable=True)
class DeadLetter:
    """A received event that a handler of this subgraph failed to process."""

    event_id: strawberry.ID
    """The id of the event; with `handler` it identifies the dead letter."""
    handler: str
    """The handler that failed; "(unreadable)" when the event could not be parsed, so that no handler was chosen."""
    status: DeadLetterStatus
    """Whether it waits for a decision, is retried or is dropped."""
    type: str | None
    """The event type with its version, such as orders.order.placed.v1; null when the event cannot be parsed."""
    subject: str | None
    """The id of the aggregate that the event is about; null when it is unknown."""
    envelope: str
    """The event exactly as it was received: JSON, unless it is malformed."""
    reason: str
    """The error of the latest attempt."""
    attempts: int
    """The number of attempts so far, automatic retries included."""
    failed_at: datetime
    """When the latest attempt failed."""
    dropped_at: datetime | None
    """When it was dropped; null unless `status` is DROPPED."""
    drop_reason: str | None
    """Why an administrator dropped it; null unless `status` is DROPPED."""

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        status = DeadLetterStatus.RETRYING if row.retry_at else DeadLetterStatus.UNRESOLVED
        facts = _read_object(row.envelope)
        return cls(
            event_id=strawberry.ID(row.event_id),
            handler=row.handler,
            status=DeadLetterStatus.DROPPED if row.dropped_at else status,
            type=facts.get("type"),
            subject=row.subject,
            envelope=row.envelope,
            reason=row.reason,
            attempts=row.attempts,
            failed_at=row.failed_at,
            dropped_at=row.dropped_at,
            drop_reason=row.drop_reason,
        )


@strawberry.federation.type(shareable=True)
class UndeliveredEvent:
    """An event in the outbox of this subgraph that is not on the event bus yet."""

    event_id: strawberry.ID
    """The id of the event; consumers use it to recognize duplicates."""
    status: UndeliveredEventStatus
    """Whether it is still going to be sent."""
    type: str
    """The event type with its version, such as orders.order.placed.v1."""
    subject: str
    """The id of the aggregate that the event is about. Events of one aggregate are sent in order."""
    envelope: str
    """The event as it is sent, in JSON."""
    created_at: datetime
    """When the event was written to the outbox, in the transaction of the change that it reports."""
    attempts: int
    """The number of consecutive failed attempts to send the events of this aggregate."""
    due_at: datetime | None
    """When the next attempt for this aggregate is due; null when none has failed."""
    reason: str | None
    """Why it is not sent: the error of the event bus, or the administrator's reason; null while it waits."""

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        status = UndeliveredEventStatus.REJECTED if row.rejected_reason else UndeliveredEventStatus.WAITING
        return cls(
            event_id=strawberry.ID(row.id),
            status=UndeliveredEventStatus.DROPPED if row.dropped_at else status,
            type=row.type,
            subject=row.subject,
            envelope=row.envelope,
            created_at=row.created_at,
            attempts=row.attempts or 0,
            due_at=row.due_at,
            reason=row.rejected_reason,
        )


@strawberry.federation.type(shareable=True)
class EventQueueAction:
    """An entry of the audit log: what an administrator did to the events of this subgraph."""

    id: strawberry.ID
    action: str
    """The kind of action: RETRY_DEAD_LETTER, DROP_DEAD_LETTER, RETRY_EVENT, DROP_EVENT or REPLAY."""
    target: str
    """What it applied to: the event id, with the handler for a dead letter; for a replay the aggregate and times."""
    reason: str
    """The reason given by the administrator; empty for retries, which need none."""
    actor: str
    """The id of the user who did it."""
    affected: int
    """The number of events or dead letters it applied to."""
    occurred_at: datetime
    """When it was done."""

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        return cls(
            id=strawberry.ID(row.id),
            action=row.action,
            target=row.target,
            reason=row.reason,
            actor=row.actor,
            affected=row.affected,
            occurred_at=row.occurred_at,
        )


@strawberry.federation.type(shareable=True)
class DeadLetterEdge:
    node: DeadLetter
    cursor: str


@strawberry.federation.type(shareable=True)
class DeadLetterConnection:
    """A page of dead letters, ordered by event id and handler."""

    edges: list[DeadLetterEdge]
    page_info: PageInfo


@strawberry.federation.type(shareable=True)
class UndeliveredEventEdge:
    node: UndeliveredEvent
    cursor: str


@strawberry.federation.type(shareable=True)
class UndeliveredEventConnection:
    """A page of undelivered events, oldest first."""

    edges: list[UndeliveredEventEdge]
    page_info: PageInfo


@strawberry.federation.type(shareable=True)
class EventQueueActionEdge:
    node: EventQueueAction
    cursor: str


@strawberry.federation.type(shareable=True)
class EventQueueActionConnection:
    """A page of the audit log, newest first."""

    edges: list[EventQueueActionEdge]
    page_info: PageInfo


@strawberry.federation.type(shareable=True)
class EventQueue:
    """The outbox and the dead letters of one subgraph."""

    subgraph: str
    """The name of the subgraph, such as orders."""
    undelivered_count: int
    """The number of events that wait to be sent; rejected and dropped ones are not counted."""
    rejected_count: int
    """The number of events that the event bus rejected and nobody has dropped."""
    dead_letter_count: int
    """The number of dead letters, without those that are dropped."""
    oldest_undelivered_at: datetime | None
    """When the oldest waiting event was written, a measure of the delay; null when none waits."""

    @strawberry.federation.field(directives=CONNECTION)
    async def undelivered(
        self,
        info: QueueInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> UndeliveredEventConnection:
        """Events that wait to be sent or that the event bus rejected, oldest first."""
        async with info.context.reading.open() as session:
            page = await administration.page_undelivered(session, read_page_request(first, after, last, before))
        return build_connection(UndeliveredEventConnection, UndeliveredEventEdge, page.map(UndeliveredEvent.from_row))

    @strawberry.field
    async def undelivered_event(self, info: QueueInfo, event_id: EventId) -> UndeliveredEvent | None:
        """An undelivered event by id, a dropped one included; null when it is unknown or was delivered."""
        async with info.context.reading.open() as session:
            row = await administration.find_undelivered(session, event_id)
        return UndeliveredEvent.from_row(row) if row is not None else None

    @strawberry.federation.field(directives=CONNECTION)
    async def dead_letters(
        self,
        info: QueueInfo,
        with_dropped: Annotated[  # noqa: FBT002 - an argument of the graph, given by name
            bool, strawberry.argument(description="Also return dead letters that are dropped.")
        ] = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> DeadLetterConnection:
        """Events that handlers of this subgraph failed to process."""
        request = read_page_request(first, after, last, before)
        async with info.context.reading.open() as session:
            page = await administration.page_dead_letters(session, request, with_dropped=with_dropped)
        return build_connection(DeadLetterConnection, DeadLetterEdge, page.map(DeadLetter.from_row))

    @strawberry.field
    async def dead_letter(
        self,
        info: QueueInfo,
        event_id: EventId,
        handler: Annotated[
            str, strawberry.argument(description="The handler that failed, as in `DeadLetter.handler`.")
        ],
    ) -> DeadLetter | None:
        """A dead letter by event and handler, a dropped one included; null when there is none."""
        async with info.context.reading.open() as session:
            row = await administration.find_dead_letter(session, event_id, handler)
        return DeadLetter.from_row(row) if row is not None else None

    @strawberry.federation.field(directives=CONNECTION)
    async def actions(
        self,
        info: QueueInfo,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> EventQueueActionConnection:
        """The audit log of administrators' actions on this queue, newest first."""
        async with info.context.reading.open() as session:
            page = await administration.page_actions(session, read_page_request(first, after, last, before))
        return build_connection(EventQueueActionConnection, EventQueueActionEdge, page.map(EventQueueAction.from_row))


async def read_queue(context: Context[Any], subgraph: str) -> EventQueue:
    """The subgraph's queue as it is now."""
    async with context.reading.open() as session:
        state = await administration.read_state(session)
    return EventQueue(
        subgraph=subgraph,
        undelivered_count=state.undelivered,
        rejected_count=state.rejected,
        dead_letter_count=state.dead_letters,
        oldest_undelivered_at=state.oldest_undelivered_at,
    )


def _read_object(envelope: str) -> dict[str, str]:
    """The members that are text of the JSON object, none of what is no such object."""
    try:
        content = json.loads(envelope)
    except (ValueError, RecursionError):
        return {}
    members = content.items() if isinstance(content, dict) else ()
    return {name: value for name, value in members if isinstance(value, str)}
