"""Tables that are only appended to: triggers refuse every other change. Frozen, since migrations call it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection

_CHANGES: Final = ("UPDATE", "DELETE")
_REFUSE: Final = """
CREATE OR REPLACE FUNCTION entrepot_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only and refuses %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""
_STAMP: Final = """
CREATE OR REPLACE FUNCTION entrepot_stamp_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.transaction_id := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END $$
"""


def make_append_only(connection: Connection, table: str, changes: Sequence[str] = _CHANGES) -> None:
    """Refuse the changes to rows of the table, and on PostgreSQL TRUNCATE too."""
    for statement in _list_statements(connection.dialect.name, table, changes):
        connection.exec_driver_sql(statement)


def stamp_transactions(connection: Connection, table: str) -> None:
    """On PostgreSQL, set `transaction_id` of each new row to the id of its transaction, whatever is inserted."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(_STAMP)
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_transaction BEFORE INSERT ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION entrepot_stamp_transaction()"
        )


def _list_statements(dialect: str, table: str, changes: Sequence[str]) -> Iterator[str]:
    if dialect == "sqlite":
        for change in changes:
            yield (
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only and refuses {change}'); END"
            )
        return
    yield _REFUSE
    yield (
        f"CREATE TRIGGER {table}_append_only BEFORE {' OR '.join([*changes, 'TRUNCATE'])} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION entrepot_refuse_change()"
    )
