"""The tables of the audit log: entries, their chain of hashes, the chain's head, and personal values by reference."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, String, Table, Text, event, text

from entrepot.shared.db import ID_LENGTH, UtcDateTime
from entrepot.shared.db.append_only import make_append_only, stamp_transactions
from entrepot.shared.db.kernel import KERNEL

_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")
HASH_LENGTH: Final = 64

AUDIT_LOG: Final = Table(
    "audit_log",
    KERNEL,
    Column("sequence", _SEQUENCE, primary_key=True, autoincrement=True),
    Column("transaction_id", BigInteger, nullable=False, server_default=text("0")),
    Column("id", String(ID_LENGTH), nullable=False, unique=True),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("impersonator", String(255)),
    Column("scopes", Text, nullable=False),
    Column("action", String(128), nullable=False),
    Column("object_type", String(64), nullable=False),
    Column("object_id", String(320), nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("client_address", Text),
    Column("request_id", String(64)),
    Column("trace_id", String(32)),
    Column("reason", Text),
    Index("ix_audit_log_transaction", "transaction_id", "sequence"),
    Index("ix_audit_log_actor", "actor", "sequence"),
    Index("ix_audit_log_action", "action", "sequence"),
    Index("ix_audit_log_object", "object_id", "sequence"),
    # A sequence is never given twice, also when the newest row was removed.
    sqlite_autoincrement=True,
)
"""Who did what to which object; written in the transaction of the change, and never changed.

`transaction_id` is set by PostgreSQL. Rows are linked in the order of `transaction_id` and `sequence`; on SQLite, which
has one writer at a time, the first is 0 in all rows.
"""

AUDIT_CHAIN: Final = Table(
    "audit_chain",
    KERNEL,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("transaction_id", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("entry_id", String(ID_LENGTH), nullable=False, unique=True),
    Column("digest", String(HASH_LENGTH), nullable=False),
    Column("previous", String(HASH_LENGTH), nullable=False),
    Column("hash", String(HASH_LENGTH), nullable=False),
    Column("linked_at", UtcDateTime, nullable=False),
)
"""One link per entry, positions from 1 on without a gap. `hash` covers the link, `previous` and the entry's `digest`.

`epoch` counts how often the server's transaction ids began again, as they do when a database is restored into another
server.
"""

AUDIT_HEAD: Final = Table(
    "audit_head",
    KERNEL,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("hash", String(HASH_LENGTH), nullable=False),
    Column("linked_at", UtcDateTime, nullable=False),
    Column("signature", String(HASH_LENGTH)),
)
"""One row: the newest link, signed where there is a key."""

AUDIT_PERSONAL: Final = Table(
    "audit_personal",
    KERNEL,
    Column("entry_id", String(ID_LENGTH), primary_key=True),
    Column("place", String(255), primary_key=True),
    Column("subject", String(320), nullable=False, index=True),
    Column("salt", String(32), nullable=False),
    Column("value", Text, nullable=False),
)
"""Personal values of entries, which hold a salted hash in their place. Rows of a `subject` are deleted by erasure."""


def _add_triggers(table: Table, connection: Connection, **_options: Any) -> None:
    make_append_only(connection, table.name, ("UPDATE",) if table is AUDIT_PERSONAL else ("UPDATE", "DELETE"))
    if table is AUDIT_LOG:
        stamp_transactions(connection, table.name)


for _table in (AUDIT_LOG, AUDIT_CHAIN, AUDIT_PERSONAL):
    event.listen(_table, "after_create", _add_triggers)
