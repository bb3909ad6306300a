"""Indexes of PostgreSQL for `column LIKE '%word%'`, by its extension pg_trgm.

SQLite has none: an embedded shop reads the table, which is on the same machine and small. Nor does a PostgreSQL without
the extension: searching works there as well, at the cost of reading the whole table, and the migration says so.
"""

from __future__ import annotations

from typing import Final

from alembic import op
from sqlalchemy import text

from entrepot.shared.telemetry import get_logger

PREFIX: Final = "trgm_"
"""How the names of these indexes begin; whether a database has them is no drift from the models."""

_log: Final = get_logger(__name__)
_IS_ALLOWED: Final = text(
    """SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')
    OR EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm')
    AND has_database_privilege(current_database(), 'CREATE')"""
)
_EXTENSION: Final = "CREATE EXTENSION IF NOT EXISTS pg_trgm"


def create_trigram_index(table: str, column: str) -> None:
    """For migrations: index the words within a column of text, where the database can."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    index = f'CREATE INDEX "{PREFIX}{table}_{column}" ON "{table}" USING gin ("{column}" gin_trgm_ops)'
    if not connection.scalar(_IS_ALLOWED):
        remedy = f"Have an administrator run in this database: {_EXTENSION}; {index};"
        _log.warning("search.unindexed", table=table, column=column, remedy=remedy)
        return
    op.execute(_EXTENSION)
    op.execute(index)
