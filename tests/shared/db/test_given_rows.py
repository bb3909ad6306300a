"""Many rows written by one statement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, String, Table, Text, select, update

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import (
    Database,
    UtcDateTime,
    encode_rows,
    given_rows,
    insert_rows,
    new_metadata,
    upsert,
)
from tests.shared.conftest import empty_postgres

METADATA = new_metadata()
NOTES = Table(
    "notes",
    METADATA,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("name", String(40), nullable=False, unique=True),
    Column("content", Text),
    Column("written_at", UtcDateTime),
    Column("is_read", Boolean),
    Column("data", JSON(none_as_null=True)),
    Column("old_reason", Text, key="reason"),
)
COUNTS = Table("counts", METADATA, Column("name", String(40), primary_key=True), Column("value", BigInteger))
MOMENT = datetime(2026, 11, 30, 12, 34, 56, 789012, tzinfo=UTC)
TEXT = 'é "quoted" \\ {braces} $1 \' \n 漢字 🙂'


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        async with opened(f"sqlite:///{tmp_path}/notes.db") as database:
            yield database
        return
    async with empty_postgres() as url, opened(url) as database:
        yield database


class opened:  # noqa: N801 - used as a function
    """The database with the tables."""

    def __init__(self, url: str) -> None:
        self._database = Database(url, SystemClock())

    async def __aenter__(self) -> Database:
        async with self._database.write_schema() as session:
            await (await session.connection()).run_sync(METADATA.create_all)
        return self._database

    async def __aexit__(self, *_: object) -> None:
        await self._database.dispose()


def note(name: str, **given: Any) -> dict[str, Any]:
    values = {"content": None, "written_at": None, "is_read": None, "data": None, "reason": None}
    return {"name": name} | values | given


async def test_values_come_back_as_they_were_given(database: Database) -> None:
    rows = [
        note("full", content=TEXT, written_at=MOMENT, is_read=True, data={"a": [1, None, TEXT]}, reason="r"),
        note("empty"),
        note("odd", content="", written_at=MOMENT + timedelta(days=1), is_read=False, data=[], reason=""),
    ]
    async with database.write() as session:
        await insert_rows(session, NOTES, rows)
        columns = [column for column in NOTES.c if column.key != "position"]
        found = (await session.execute(select(*columns).order_by(NOTES.c.position))).all()
    assert [tuple(row) for row in found] == [tuple(row.values()) for row in rows]


@pytest.mark.parametrize("count", [1, 2, 1000])
async def test_rows_stand_in_their_order_and_are_one_statement(database: Database, count: int) -> None:
    names = [f"n{(number * 7919) % count}" for number in range(count)]
    statements: list[str] = []
    async with database.write() as session:
        stop = database.count_statements(statements.append)
        await insert_rows(session, NOTES, [note(name) for name in names])
        stop()
        found = (await session.scalars(select(NOTES.c.name).order_by(NOTES.c.position))).all()
    assert list(found) == names
    assert len([text for text in statements if text.startswith("INSERT")]) == 1


async def test_upsert_of_many_rows_is_one_statement(database: Database) -> None:
    statements: list[str] = []
    async with database.write() as session:
        await upsert(session, COUNTS, {"name": "b", "value": 1}, {"name": "c", "value": None})
        stop = database.count_statements(statements.append)
        rows = [{"name": name, "value": 2} for name in "abc"]
        await upsert(session, COUNTS, *rows)
        await upsert(session, COUNTS, {"name": "a", "value": 9}, {"name": "d", "value": 9}, fill=("value",))
        stop()
        found = (await session.execute(select(COUNTS).order_by(COUNTS.c.name))).all()
    assert [tuple(row) for row in found] == [("a", 2), ("b", 2), ("c", 2), ("d", 9)]
    assert len([text for text in statements if text.startswith("INSERT")]) == 2


async def test_an_update_takes_each_row_its_own_values(database: Database) -> None:
    columns = (COUNTS.c.name, COUNTS.c.value)
    async with database.write() as session:
        await insert_rows(session, COUNTS, [{"name": name, "value": 0} for name in "abc"])
        dialect = session.get_bind().dialect
        given = given_rows(dialect.name, columns)
        statement = update(COUNTS).where(COUNTS.c.name == given.c.name).values(value=given.c.value)
        await session.execute(
            statement, encode_rows(dialect, columns, [{"name": "a", "value": 10**15}, {"name": "c", "value": None}])
        )
        found = (await session.execute(select(COUNTS).order_by(COUNTS.c.name))).all()
    assert [tuple(row) for row in found] == [("a", 10**15), ("b", 0), ("c", None)]
