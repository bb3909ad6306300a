"""Databases: sessions, tables, queries, migrations."""

from entrepot.shared.db.among import among
from entrepot.shared.db.base import ID_LENGTH, TableDefaults, TimestampMixin, Versioned, new_metadata
from entrepot.shared.db.conflict import changed_rows, insert_all_or_ignore, insert_or_ignore, upsert, upsert_newest
from entrepot.shared.db.given_rows import encode_rows, given_rows, insert_rows
from entrepot.shared.db.listing import Listing
from entrepot.shared.db.locks import KeyColumn, lock_rows, name_of
from entrepot.shared.db.migrations import find_drift, list_revisions, migrate
from entrepot.shared.db.options import ConnectionOptions
from entrepot.shared.db.reading import Reader, ReadScope
from entrepot.shared.db.repository import Repository
from entrepot.shared.db.rows import RowsByKey, first_of, row_of
from entrepot.shared.db.session import Database, DatabaseUnavailable
from entrepot.shared.db.statements import trace_statements
from entrepot.shared.db.transient import ConcurrentChange, is_lock_timeout, is_transient, retry_transaction
from entrepot.shared.db.types import UtcDateTime

__all__ = [
    "ID_LENGTH",
    "ConcurrentChange",
    "ConnectionOptions",
    "Database",
    "DatabaseUnavailable",
    "KeyColumn",
    "Listing",
    "ReadScope",
    "Reader",
    "Repository",
    "RowsByKey",
    "TableDefaults",
    "TimestampMixin",
    "UtcDateTime",
    "Versioned",
    "among",
    "changed_rows",
    "encode_rows",
    "find_drift",
    "first_of",
    "given_rows",
    "insert_all_or_ignore",
    "insert_or_ignore",
    "insert_rows",
    "is_lock_timeout",
    "is_transient",
    "list_revisions",
    "lock_rows",
    "migrate",
    "name_of",
    "new_metadata",
    "retry_transaction",
    "row_of",
    "trace_statements",
    "upsert",
    "upsert_newest",
]
