"""The kernel's tables, revision by revision: frozen, called by the migrations of every subgraph."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

from entrepot.shared.db.append_only import make_append_only, stamp_transactions
from entrepot.shared.db.types import UtcDateTime


def create_kernel_tables() -> None:
    """Revision 1: outbox, inbox, dead letters, idempotency keys, sagas."""
    op.create_table(
        "dead_letters",
        sa.Column("event_id", sa.String(length=48), nullable=False),
        sa.Column("handler", sa.String(length=255), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failed_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "handler", name=op.f("pk_dead_letters")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.String(length=255), nullable=False),
        sa.Column("operation", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "operation", "key", name=op.f("pk_idempotency_keys")),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_keys_created_at"), ["created_at"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("event_id", sa.String(length=48), nullable=False),
        sa.Column("handler", sa.String(length=255), nullable=False),
        sa.Column("handled_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "handler", name=op.f("pk_inbox")),
    )
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("dead_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_delivered_at", ["delivered_at"], unique=False)
        batch_op.create_index("ix_outbox_subject", ["subject", "position"], unique=False)

    op.create_table(
        "outbox_streams",
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=48), nullable=True),
        sa.Column("lease_until", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_outbox_streams")),
    )
    with op.batch_alter_table("outbox_streams", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_streams_due_at", ["due_at"], unique=False)

    op.create_table(
        "sagas",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("deadline", UtcDateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "key", name=op.f("pk_sagas")),
    )
    with op.batch_alter_table("sagas", schema=None) as batch_op:
        batch_op.create_index("ix_sagas_deadline", ["deadline"], unique=False)


def add_queue_administration() -> None:
    """Revision 2: what the administration of events needs, and indexes for sending and pruning.

    Everything added is null or new, so that processes of revision 1 work on beside it.
    """
    op.create_table(
        "queue_actions",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=320), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("affected", sa.Integer(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_actions")),
    )
    op.create_index("ix_queue_actions_occurred_at", "queue_actions", ["occurred_at"])
    op.add_column("dead_letters", sa.Column("subject", sa.String(length=255), nullable=True))
    op.add_column("dead_letters", sa.Column("retry_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("dead_letters", sa.Column("dropped_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("dead_letters", sa.Column("drop_reason", sa.Text(), nullable=True))
    op.create_index("ix_dead_letters_subject", "dead_letters", ["subject"])
    op.create_index("ix_dead_letters_retry_at", "dead_letters", ["retry_at"])
    op.create_index("ix_dead_letters_dropped_at", "dead_letters", ["dropped_at"])
    op.create_index("ix_inbox_handled_at", "inbox", ["handled_at"])
    op.add_column("sagas", sa.Column("traceparent", sa.String(length=64), nullable=True))
    op.add_column("outbox", sa.Column("dropped_at", UtcDateTime(timezone=True), nullable=True))
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"])
    is_waiting = sa.text("delivered_at IS NULL AND dead_reason IS NULL")
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["subject", "position"],
        sqlite_where=is_waiting,
        postgresql_where=is_waiting,
    )


def index_undelivered_events() -> None:
    """Revision 3: an index of the events that are not delivered and not dropped, in the order of their making."""
    is_undelivered = sa.text("delivered_at IS NULL AND dropped_at IS NULL")
    op.create_index(
        "ix_outbox_undelivered",
        "outbox",
        ["position"],
        sqlite_where=is_undelivered,
        postgresql_where=is_undelivered,
    )


def rename_dead_letter_handlers(names: Mapping[str, str]) -> None:
    """Revision 4: dead letters get the handlers' stable names; `names` maps the names of functions to them.

    The inbox keeps its rows: it is large, and consumers know the former names as well.
    """
    letters = sa.table("dead_letters", sa.column("handler", sa.String))
    for former, name in names.items():
        op.execute(letters.update().where(letters.c.handler == former).values(handler=name))


def add_audit_log() -> None:
    """Revision 5: the audit log, its chain, and personal values of its entries; triggers keep them append-only."""
    op.create_table(
        "audit_log",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("occurred_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("impersonator", sa.String(length=255), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("object_type", sa.String(length=64), nullable=False),
        sa.Column("object_id", sa.String(length=320), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("client_address", sa.Text(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("trace_id", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_log")),
        sa.UniqueConstraint("id", name=op.f("uq_audit_log_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_log_transaction", "audit_log", ["transaction_id", "sequence"])
    op.create_index("ix_audit_log_actor", "audit_log", ["actor", "sequence"])
    op.create_index("ix_audit_log_action", "audit_log", ["action", "sequence"])
    op.create_index("ix_audit_log_object", "audit_log", ["object_id", "sequence"])
    op.create_table(
        "audit_chain",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.String(length=48), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("linked_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_chain")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_chain_entry_id")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("linked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_personal",
        sa.Column("entry_id", sa.String(length=48), nullable=False),
        sa.Column("place", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=320), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "place", name=op.f("pk_audit_personal")),
    )
    op.create_index(op.f("ix_audit_personal_subject"), "audit_personal", ["subject"])
    connection = op.get_bind()
    make_append_only(connection, "audit_log")
    make_append_only(connection, "audit_chain")
    make_append_only(connection, "audit_personal", ("UPDATE",))
    stamp_transactions(connection, "audit_log")


def add_published_state() -> None:
    """Revision 6: the newest state of each aggregate in a table of its own, filled from the outbox."""
    connection = op.get_bind()
    inspector = sa.inspect(connection)
    indexes = {index["name"] for table in ("sagas", "outbox") for index in inspector.get_indexes(table)}
    if "ix_outbox_dropped_at" not in indexes:
        is_dropped = sa.text("dropped_at IS NOT NULL")
        op.create_index(
            "ix_outbox_dropped_at", "outbox", ["dropped_at"], sqlite_where=is_dropped, postgresql_where=is_dropped
        )
    if "ix_sagas_ended" not in indexes:
        has_ended = sa.text("status IN ('COMPLETED', 'FAILED')")
        op.create_index("ix_sagas_ended", "sagas", ["updated_at"], sqlite_where=has_ended, postgresql_where=has_ended)
    if inspector.has_table("published_state"):
        return
    op.create_table(
        "published_state",
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("type", "subject", name=op.f("pk_published_state")),
    )
    is_sqlite = connection.dialect.name == "sqlite"
    in_json = "json_extract(envelope, '$.data.revision')" if is_sqlite else "envelope::json -> 'data' ->> 'revision'"
    # Materialized: nothing but an envelope of these types is read as JSON.
    op.execute(
        f"""
        WITH newest AS MATERIALIZED (
            SELECT type, subject, envelope, created_at FROM outbox WHERE position IN (
                SELECT max(position) FROM outbox
                WHERE type IN ('carts.cart.changed', 'catalog.variant.changed', 'inventory.stock.changed')
                GROUP BY type, subject
            )
        )
        INSERT INTO published_state (type, subject, envelope, revision, updated_at)
        SELECT type, subject, envelope, CAST({in_json} AS bigint), created_at FROM newest
        """  # noqa: S608 - two fixed expressions
    )


def add_snapshots() -> None:
    """Revision 7: requests for snapshots, rebuilds of read models, and the backfill of published states."""
    inspector = sa.inspect(op.get_bind())
    if not inspector.has_table("snapshot_requests"):
        op.create_table(
            "snapshot_requests",
            sa.Column("id", sa.String(length=48), nullable=False),
            sa.Column("type", sa.String(length=255), nullable=False),
            sa.Column("requester", sa.String(length=255), nullable=False),
            sa.Column("cursor", sa.String(length=255), nullable=False),
            sa.Column("page", sa.Integer(), nullable=False),
            sa.Column("sent", sa.BigInteger(), nullable=False),
            sa.Column("total", sa.BigInteger(), nullable=False),
            sa.Column("requested_at", UtcDateTime(timezone=True), nullable=False),
            sa.Column("lease_until", UtcDateTime(timezone=True), nullable=True),
            sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
            sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot_requests")),
        )
        op.create_index("ix_snapshot_requests_ended_at", "snapshot_requests", ["ended_at", "requested_at"])
    if not inspector.has_table("state_backfills"):
        op.create_table(
            "state_backfills",
            sa.Column("type", sa.String(length=255), nullable=False),
            sa.Column("cursor", sa.String(length=255), nullable=False),
            sa.Column("added", sa.BigInteger(), nullable=False),
            sa.Column("is_done", sa.Boolean(), nullable=False),
            sa.PrimaryKeyConstraint("type", name=op.f("pk_state_backfills")),
        )
    if not inspector.has_table("rebuilds"):
        op.create_table(
            "rebuilds",
            sa.Column("model", sa.String(length=64), nullable=False),
            sa.Column("request_id", sa.String(length=48), nullable=False),
            sa.Column("status", sa.String(length=32), nullable=False),
            sa.Column("page", sa.Integer(), nullable=False),
            sa.Column("received", sa.BigInteger(), nullable=False),
            sa.Column("total", sa.BigInteger(), nullable=True),
            sa.Column("reason", sa.Text(), nullable=True),
            sa.Column("requested_at", UtcDateTime(timezone=True), nullable=False),
            sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
            sa.PrimaryKeyConstraint("model", name=op.f("pk_rebuilds")),
            sa.UniqueConstraint("request_id", name=op.f("uq_rebuilds_request_id")),
        )
