"""Pages of a real table, by one column and by several, forward and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, mapped_column

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database, Repository, TableDefaults, by_key, grouped, new_metadata
from entrepot.shared.errors import InvalidInput
from entrepot.shared.pagination import encode_cursor, read_page_request
from tests.shared.conftest import empty_postgres


class Base(TableDefaults, DeclarativeBase):
    metadata = new_metadata()


class Thing(Base):
    __tablename__ = "things"
    id: Mapped[str] = mapped_column(primary_key=True)
    rank: Mapped[int]
    made_at: Mapped[datetime]


COUNT = 23
ORDERS: dict[str, list[InstrumentedAttribute[Any]]] = {
    "key": [Thing.id],
    "composite": [Thing.rank, Thing.id],
    "moment": [Thing.made_at, Thing.id],
    "three": [Thing.rank, Thing.made_at, Thing.id],
}


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/things.db", SystemClock())
    start = datetime(2026, 1, 1, tzinfo=UTC)
    async with opened.write_schema() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
        for number in range(COUNT):
            made_at = start + timedelta(microseconds=number % 7 * 400_000)
            session.add(Thing(id=f"thg_{number:02}", rank=number % 4, made_at=made_at))
    yield opened
    await opened.dispose()


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 5, COUNT])
async def test_walking_yields_all_once_in_order(database: Database, order: str, size: int, *, descending: bool) -> None:
    columns = ORDERS[order]
    async with database.read() as session:
        repository = Repository(session)

        async def page(**arguments: Any) -> Any:
            request = read_page_request(**arguments)
            return await repository.page(select(Thing), request, order=columns, descending=descending)

        found = list((await session.scalars(select(Thing))).all())
        expected = sorted(found, key=lambda row: [getattr(row, column.key) for column in columns], reverse=descending)
        forward = await page(first=size)
        seen = list(forward.items)
        while forward.has_next:
            forward = await page(first=size, after=forward.cursors[-1])
            seen += forward.items
        assert seen == expected
        backward = await page(last=size)
        seen = list(backward.items)
        while backward.has_previous:
            backward = await page(last=size, before=backward.cursors[0])
            seen[:0] = backward.items
        assert seen == expected


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("key", (1,)),
        ("key", ("a", "b")),
        ("composite", ("a",)),
        ("composite", ("a", "b")),
        ("composite", (1, 2)),
        ("moment", ("yesterday", "a")),
        ("moment", (5, "a")),
        ("moment", ("2026-01-01T00:00:00", "a")),
        ("moment", ("0001-01-01T00:00:00+23:59", "a")),
    ],
)
@pytest.mark.parametrize("argument", ["after", "before"])
async def test_cursors_of_other_lists_are_refused(
    database: Database, order: str, key: tuple[str | int, ...], argument: str
) -> None:
    request = read_page_request(**{argument: encode_cursor(key)})
    async with database.read() as session:
        with pytest.raises(InvalidInput) as caught:
            await Repository(session).page(select(Thing), request, order=ORDERS[order])
    assert caught.value.path == (argument,)


async def test_a_cursor_outlives_its_row(database: Database) -> None:
    request = read_page_request(first=1, after=encode_cursor(("thg_05x",)))
    async with database.read() as session:
        page = await Repository(session).page(select(Thing), request, order=[Thing.id])
    assert [row.id for row in page.items] == ["thg_06"]


def test_by_key_and_grouped_follow_the_keys() -> None:
    rows = ["apple", "bean", "avocado"]
    assert by_key(["b", "x", "b"], ["bean"], lambda row: row[0]) == ["bean", None, "bean"]
    assert grouped(["a", "x", "b"], rows, lambda row: row[0]) == [["apple", "avocado"], [], ["bean"]]


async def test_one_transaction_at_a_time_holds_a_name() -> None:
    async with empty_postgres() as url:
        database = Database(url, SystemClock())
        done: list[str] = []

        async def hold(name: str, word: str) -> None:
            async with database.write() as session:
                await Repository(session).lock_name(name)
                done.append(word)

        async with database.write() as session:
            await Repository(session).lock_name("one")
            waiting = asyncio.create_task(hold("one", "second"))
            await hold("other", "elsewhere")
            await asyncio.sleep(0.1)
            assert done == ["elsewhere"]
        await waiting
        assert done == ["elsewhere", "second"]
        await database.dispose()


async def test_a_name_costs_nothing_where_there_is_one_writer(database: Database) -> None:
    statements: list[str] = []
    stop = database.count_statements(statements.append)
    async with database.write() as session:
        await Repository(session).lock_name("one")
    stop()
    assert statements == []
