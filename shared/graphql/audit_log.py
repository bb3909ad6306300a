"""The audit log of every subgraph: a root field that bears the subgraph's name, behind `audit:read`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Self

import strawberry
from strawberry.tools import create_type
from strawberry.types import Info
from strawberry.types.field import StrawberryField

from entrepot.shared.audit.reading import AuditFilter, ReadEntry, page_entries
from entrepot.shared.graphql.arguments import After, Before, First, Last
from entrepot.shared.graphql.connections import build_connection
from entrepot.shared.graphql.context import Context
from entrepot.shared.graphql.costs import CONNECTION
from entrepot.shared.graphql.scalars import Long
from entrepot.shared.graphql.tags import OPERATIONS
from entrepot.shared.graphql.types import PageInfo
from entrepot.shared.pagination import read_page_request

SCOPE: Final = "audit:read"

AuditInfo = Info[Context[Any], None]
ObjectId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only changes of the object with this id, such as ord_...")
]
ActorId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only changes by this user, or by `system`, a service, ...")
]
Action = Annotated[
    str | None, strawberry.argument(description="Only this action: the name of a mutation or job, such as cancelOrder.")
]


@strawberry.federation.type(shareable=True)
class AuditEntry:
    """A change to an object: who made it, when, from where, and what it changed."""

    id: strawberry.ID
    occurred_at: datetime
    """When it was made."""
    actor: str
    """Who made it: the id of a user, `service:` with its name, `system` for jobs and event handlers, or `anonymous`."""
    impersonator: str | None
    """The id of the user who acted as `actor`; null when nobody did."""
    scopes: list[str]
    """The scopes that the actor had."""
    action: str
    """The name of the mutation or job."""
    object_type: str
    """The type of the object, such as Order."""
    object_id: strawberry.ID
    """The id of the object that was changed."""
    before: str | None
    """The changed fields with their former values, as a JSON object; null when the object is new.

    A personal value that was erased is `{"erased": true}`; a password or token is always `{"secret": true}`.
    """
    after: str | None
    """The changed fields with their new values, as a JSON object; null when nothing is left of the object."""
    client_address: str | None
    """The IP address of the client; null when it is unknown, was erased, or no client was involved."""
    request_id: str | None
    """The id of the request, as in the logs."""
    trace_id: str | None
    """The id of the trace that the change belongs to."""
    reason: str | None
    """The reason that the actor gave."""
    position: Long | None
    """The position in the hash chain, from 1; null until the entry is chained, seconds after the change."""
    hash: str | None
    """The hash of the chain up to this entry; null until the entry is chained."""

    @classmethod
    def of(cls, entry: ReadEntry) -> Self:
        row = entry.row
        return cls(
            id=strawberry.ID(row.id),
            occurred_at=row.occurred_at,
            actor=row.actor,
            impersonator=row.impersonator,
            scopes=row.scopes.split(),
            action=row.action,
            object_type=row.object_type,
            object_id=strawberry.ID(row.object_id),
            before=entry.before,
            after=entry.after,
            client_address=entry.address,
            request_id=row.request_id,
            trace_id=row.trace_id,
            reason=row.reason,
            position=row.position,
            hash=row.hash,
        )


@strawberry.federation.type(shareable=True)
class AuditEntryEdge:
    node: AuditEntry
    cursor: str


@strawberry.federation.type(shareable=True)
class AuditEntryConnection:
    """A page of an audit log, newest first."""

    edges: list[AuditEntryEdge]
    page_info: PageInfo


async def _read_log(
    info: AuditInfo,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    object_id: ObjectId = None,
    actor_id: ActorId = None,
    action: Action = None,
) -> AuditEntryConnection:
    request = read_page_request(first, after, last, before)
    async with info.context.reading.open() as session:
        page = await page_entries(session, request, AuditFilter(object_id, actor_id, action))
    return build_connection(AuditEntryConnection, AuditEntryEdge, page.map(AuditEntry.of))


def build_audit_query(subgraph: str) -> type:
    """A Query type with the field `<subgraph>AuditLog`."""
    name = f"{subgraph}AuditLog"
    resolver: Any = _read_log
    field: StrawberryField = strawberry.federation.field(
        resolver=resolver,
        name=name,
        requires_scopes=[[SCOPE]],
        tags=[OPERATIONS],
        directives=CONNECTION,
        description=f"The changes to objects of the subgraph {subgraph}, newest first.",
    )
    field.python_name = name
    return create_type("Query", [field])
