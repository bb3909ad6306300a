"""The events of a subgraph as its graph shows them to administrators: what waits, what failed, who did what."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

import strawberry
from sqlalchemy import Row
from strawberry.types import Info

from entrepot.shared.events import administration
from entrepot.shared.graphql.connections import build_connection
from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.types import PageInfo
from entrepot.shared.pagination import read_page_request

SCOPE: Final = "admin:outbox"

QueueInfo = Info[Context[Any], None]


@strawberry.enum(description="What becomes of a dead letter.")
class DeadLetterStatus(StrEnum):
    BURIED = "BURIED"
    RETRYING = "RETRYING"
    DROPPED = "DROPPED"


@strawberry.enum(description="What becomes of an event that was not sent.")
class UndeliveredEventStatus(StrEnum):
    WAITING = "WAITING"
    REFUSED = "REFUSED"
    DROPPED = "DROPPED"


@strawberry.federation.type(shareable=True, description="An event that a handler could not deal with.")
class DeadLetter:
    event_id: strawberry.ID
    handler: str = strawberry.field(description="Which handler; (unreadable) when none could be chosen.")
    status: DeadLetterStatus
    type: str | None = strawberry.field(description="The contract, when the event can be read.")
    subject: str | None = strawberry.field(description="The aggregate, where it is known.")
    envelope: str = strawberry.field(description="The event as it came.")
    reason: str = strawberry.field(description="The newest failure.")
    attempts: int
    failed_at: datetime
    dropped_at: datetime | None
    drop_reason: str | None

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        status = DeadLetterStatus.RETRYING if row.retry_at else DeadLetterStatus.BURIED
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


@strawberry.federation.type(shareable=True, description="An event that waits to be sent, or that the bus refused.")
class UndeliveredEvent:
    event_id: strawberry.ID
    status: UndeliveredEventStatus
    type: str
    subject: str
    envelope: str
    created_at: datetime
    attempts: int = strawberry.field(description="How often in a row sending of this aggregate failed.")
    due_at: datetime | None = strawberry.field(description="When the aggregate's next attempt is due.")
    reason: str | None = strawberry.field(description="Why it will not be sent.")

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        status = UndeliveredEventStatus.REFUSED if row.dead_reason else UndeliveredEventStatus.WAITING
        return cls(
            event_id=strawberry.ID(row.id),
            status=UndeliveredEventStatus.DROPPED if row.dropped_at else status,
            type=row.type,
            subject=row.subject,
            envelope=row.envelope,
            created_at=row.created_at,
            attempts=row.attempts or 0,
            due_at=row.due_at,
            reason=row.dead_reason,
        )


@strawberry.federation.type(shareable=True, description="What an administrator did to events.")
class EventQueueAction:
    id: strawberry.ID
    action: str
    target: str
    reason: str
    actor: str
    affected: int = strawberry.field(description="How many events or dead letters it was about.")
    occurred_at: datetime

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


@strawberry.federation.type(shareable=True, description="A page of dead letters.")
class DeadLetterConnection:
    edges: list[DeadLetterEdge]
    page_info: PageInfo


@strawberry.federation.type(shareable=True)
class UndeliveredEventEdge:
    node: UndeliveredEvent
    cursor: str


@strawberry.federation.type(shareable=True, description="A page of events that were not sent.")
class UndeliveredEventConnection:
    edges: list[UndeliveredEventEdge]
    page_info: PageInfo


@strawberry.federation.type(shareable=True)
class EventQueueActionEdge:
    node: EventQueueAction
    cursor: str


@strawberry.federation.type(shareable=True, description="A page of what administrators did.")
class EventQueueActionConnection:
    edges: list[EventQueueActionEdge]
    page_info: PageInfo


@strawberry.federation.type(shareable=True, description="The events of one subgraph on their way out and in.")
class EventQueue:
    subgraph: str
    undelivered_count: int
    refused_count: int = strawberry.field(description="Events that the bus will never take.")
    dead_letter_count: int
    oldest_undelivered_at: datetime | None

    @strawberry.field(description="Events that are not sent yet, oldest first.")
    async def undelivered(
        self,
        info: QueueInfo,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> UndeliveredEventConnection:
        async with info.context.database.read() as session:
            page = await administration.page_undelivered(session, read_page_request(first, after, last, before))
        return build_connection(UndeliveredEventConnection, UndeliveredEventEdge, page, UndeliveredEvent.from_row)

    @strawberry.field(description="One event that is not sent.")
    async def undelivered_event(self, info: QueueInfo, event_id: strawberry.ID) -> UndeliveredEvent | None:
        async with info.context.database.read() as session:
            row = await administration.find_undelivered(session, event_id)
        return UndeliveredEvent.from_row(row) if row is not None else None

    @strawberry.field(description="What handlers of this subgraph could not deal with.")
    async def dead_letters(
        self,
        info: QueueInfo,
        with_dropped: bool = False,  # noqa: FBT001, FBT002 - an argument of the graph, given by name
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> DeadLetterConnection:
        request = read_page_request(first, after, last, before)
        async with info.context.database.read() as session:
            page = await administration.page_dead_letters(session, request, with_dropped=with_dropped)
        return build_connection(DeadLetterConnection, DeadLetterEdge, page, DeadLetter.from_row)

    @strawberry.field(description="One dead letter.")
    async def dead_letter(self, info: QueueInfo, event_id: strawberry.ID, handler: str) -> DeadLetter | None:
        async with info.context.database.read() as session:
            row = await administration.find_dead_letter(session, event_id, handler)
        return DeadLetter.from_row(row) if row is not None else None

    @strawberry.field(description="What administrators did, newest first.")
    async def actions(
        self,
        info: QueueInfo,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> EventQueueActionConnection:
        async with info.context.database.read() as session:
            page = await administration.page_actions(session, read_page_request(first, after, last, before))
        return build_connection(EventQueueActionConnection, EventQueueActionEdge, page, EventQueueAction.from_row)


async def read_queue(context: Context[Any], subgraph: str) -> EventQueue:
    """The subgraph's queue as it is now."""
    async with context.database.read() as session:
        state = await administration.read_state(session)
    return EventQueue(
        subgraph=subgraph,
        undelivered_count=state.undelivered,
        refused_count=state.refused,
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
