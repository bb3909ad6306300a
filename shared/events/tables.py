"""The tables of events; those of the audit log are in the same metadata, and every subgraph's database has them all."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    literal_column,
)

from entrepot.shared.audit.tables import AUDIT_LOG
from entrepot.shared.db import ID_LENGTH, UtcDateTime

KERNEL: Final = AUDIT_LOG.metadata
"""The tables of the kernel: those of the audit log, and those below."""

_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")

OUTBOX: Final = Table(
    "outbox",
    KERNEL,
    Column("position", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("id", String(ID_LENGTH), nullable=False, unique=True),
    Column("subject", String(255), nullable=False),
    Column("type", String(255), nullable=False),
    Column("envelope", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("delivered_at", UtcDateTime),
    Column("dead_reason", Text, key="rejected_reason"),
    Column("dropped_at", UtcDateTime),
    Index("ix_outbox_subject", "subject", "position"),
    Index("ix_outbox_created_at", "created_at"),
    Index("ix_outbox_delivered_at", "delivered_at"),
)
"""Events in the order in which they were written, sent ones included.

`rejected_reason` says why the bus rejected an event; `dropped_at` when an administrator dropped it.
"""

IS_WAITING: Final = (OUTBOX.c.delivered_at.is_(None), OUTBOX.c.rejected_reason.is_(None))
"""What is true of an event that is still to be sent."""

IS_UNDELIVERED: Final = (OUTBOX.c.delivered_at.is_(None), OUTBOX.c.dropped_at.is_(None))
"""What is true of an event that is still to be sent, or that the bus rejected and no administrator dropped."""

# Nearly all rows are sent: indexes of the others alone stay small however long they are kept.
Index(
    "ix_outbox_waiting",
    OUTBOX.c.subject,
    OUTBOX.c.position,
    sqlite_where=and_(*IS_WAITING),
    postgresql_where=and_(*IS_WAITING),
)
Index(
    "ix_outbox_undelivered",
    OUTBOX.c.position,
    sqlite_where=and_(*IS_UNDELIVERED),
    postgresql_where=and_(*IS_UNDELIVERED),
)

_IS_DROPPED = OUTBOX.c.dropped_at.is_not(None)
Index("ix_outbox_dropped_at", OUTBOX.c.dropped_at, sqlite_where=_IS_DROPPED, postgresql_where=_IS_DROPPED)

OUTBOX_AGGREGATES: Final = Table(
    "outbox_streams",
    KERNEL,
    Column("subject", String(255), primary_key=True),
    Column("due_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("lease_owner", String(ID_LENGTH)),
    Column("lease_until", UtcDateTime),
    Index("ix_outbox_streams_due_at", "due_at"),
)
"""One row per aggregate: when its next delivery is due (null: nothing to send), and which relay holds the lease."""

PUBLISHED_STATE: Final = Table(
    "published_state",
    KERNEL,
    Column("type", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("envelope", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
"""The newest event of each aggregate, by full-state contract: what snapshots are made of, however old it is."""

SNAPSHOT_REQUESTS: Final = Table(
    "snapshot_requests",
    KERNEL,
    Column("id", String(ID_LENGTH), primary_key=True),
    Column("type", String(255), nullable=False),
    Column("requester", String(255), nullable=False),
    Column("cursor", String(255), nullable=False),
    Column("page", Integer, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Index("ix_snapshot_requests_ended_at", "ended_at", "requested_at"),
)
"""Snapshots that others requested of this subgraph: each up to which state it was sent."""

STATE_BACKFILLS: Final = Table(
    "state_backfills",
    KERNEL,
    Column("type", String(255), primary_key=True),
    Column("cursor", String(255), nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("is_done", Boolean, nullable=False),
)
"""Up to which aggregate the states were published that were stored before their contract."""

REBUILDS: Final = Table(
    "rebuilds",
    KERNEL,
    Column("model", String(64), primary_key=True),
    Column("request_id", String(ID_LENGTH), nullable=False, unique=True),
    Column("status", String(32), nullable=False),
    Column("page", Integer, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("total", BigInteger),
    Column("reason", Text),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
"""The last rebuild of each read model of this subgraph, and how far it is."""

INBOX: Final = Table(
    "inbox",
    KERNEL,
    Column("event_id", String(ID_LENGTH), primary_key=True),
    Column("handler", String(255), primary_key=True),
    Column("handled_at", UtcDateTime, nullable=False),
    Index("ix_inbox_handled_at", "handled_at"),
)
"""Which handler has taken effect for which event."""

DEAD_LETTERS: Final = Table(
    "dead_letters",
    KERNEL,
    Column("event_id", String(ID_LENGTH), primary_key=True),
    Column("handler", String(255), primary_key=True),
    Column("envelope", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failed_at", UtcDateTime, nullable=False),
    Column("subject", String(255)),
    Column("retry_at", UtcDateTime),
    Column("dropped_at", UtcDateTime),
    Column("drop_reason", Text),
    Index("ix_dead_letters_subject", "subject"),
    Index("ix_dead_letters_retry_at", "retry_at"),
    Index("ix_dead_letters_dropped_at", "dropped_at"),
)
"""Events that a handler kept failing on, whole, so that they can be replayed; dropped ones are kept for a while."""

QUEUE_ACTIONS: Final = Table(
    "queue_actions",
    KERNEL,
    Column("id", String(ID_LENGTH), primary_key=True),
    Column("action", String(32), nullable=False),
    Column("target", String(320), nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("affected", Integer, nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Index("ix_queue_actions_occurred_at", "occurred_at"),
)
"""Who did what to the events and dead letters of this subgraph, and why."""

IDEMPOTENCY_KEYS: Final = Table(
    "idempotency_keys",
    KERNEL,
    Column("caller", String(255), primary_key=True),
    Column("operation", String(255), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("input_hash", String(64), nullable=False),
    Column("result", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
)
"""What a caller's key made, bound to the input it came with."""

SAGA_HAS_ENDED: Final[ColumnElement[bool]] = literal_column("status IN ('COMPLETED', 'FAILED')")
"""What is true of a saga that may be pruned; as text, so that planners see that it is the condition of the index."""

SAGA_IS_UNENDED: Final[ColumnElement[bool]] = literal_column("status IN ('RUNNING', 'COMPENSATING')")
"""What is true of a saga that has not ended, also while it waits for people without a deadline."""

SAGAS: Final = Table(
    "sagas",
    KERNEL,
    Column("name", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("status", String(32), nullable=False),
    Column("step", String(64), nullable=False),
    Column("data", JSON, nullable=False),
    Column("tasks", JSON, nullable=False, server_default="[]"),
    Column("reason", String(255)),
    Column("attempts", Integer, nullable=False),
    Column("deadline", UtcDateTime),
    Column("traceparent", String(64)),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_sagas_deadline", "deadline"),
    Index("ix_sagas_ended", "updated_at", sqlite_where=SAGA_HAS_ENDED, postgresql_where=SAGA_HAS_ENDED),
    Index(
        "ix_sagas_unended",
        "name",
        "status",
        "created_at",
        sqlite_where=SAGA_IS_UNENDED,
        postgresql_where=SAGA_IS_UNENDED,
    ),
)
"""Work that spans domains: where each piece of it stands."""

JOB_LEASES: Final = Table(
    "job_leases",
    KERNEL,
    Column("name", String(255), primary_key=True),
    Column("owner", String(ID_LENGTH), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
"""Which process runs the rounds of a job, and until when unless it renews its lease."""

SAGA_PAUSES: Final = Table(
    "saga_pauses",
    KERNEL,
    Column("name", String(64), primary_key=True),
    Column("paused_at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
)
"""Sagas whose deadlines do not count, as an operator decided; the name `*` stands for all."""
