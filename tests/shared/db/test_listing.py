"""Pages of a real table, by one column and by several, nullable ones too, forward and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, mapped_column

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database, Listing, TableDefaults, new_metadata
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
    note: Mapped[str | None]
    size: Mapped[int | None]
    ended_at: Mapped[datetime | None]


COUNT = 23
ORDERS: dict[str, list[InstrumentedAttribute[Any]]] = {
    "key": [Thing.id],
    "composite": [Thing.rank, Thing.id],
    "moment": [Thing.made_at, Thing.id],
    "three": [Thing.rank, Thing.made_at, Thing.id],
    "nullable text": [Thing.note, Thing.id],
    "nullable number": [Thing.size, Thing.id],
    "nullable moment": [Thing.ended_at, Thing.size, Thing.id],
}


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        async with _open(f"sqlite:///{tmp_path}/things.db") as opened:
            yield opened
        return
    async with empty_postgres() as url, _open(url) as opened:
        yield opened


@asynccontextmanager
async def _open(url: str) -> AsyncIterator[Database]:
    opened = Database(url, SystemClock())
    start = datetime(2026, 1, 1, tzinfo=UTC)
    async with opened.write_schema() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
        for number in range(COUNT):
            made_at = start + timedelta(microseconds=number % 7 * 400_000)
            session.add(
                Thing(
                    id=f"thg_{number:02}",
                    rank=number % 4,
                    made_at=made_at,
                    note=None if number % 3 == 0 else f"n{number % 2}",
                    size=None if number % 5 == 0 else number % 3 - 1,
                    ended_at=None if number % 4 == 0 else made_at,
                )
            )
    yield opened
    await opened.dispose()


def _rank(value: Any) -> tuple[bool, Any]:
    """Nulls come behind all others."""
    return (value is None, 0 if value is None else value)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 5, COUNT])
async def test_walking_yields_all_once_in_order(database: Database, order: str, size: int, *, descending: bool) -> None:
    columns = ORDERS[order]
    async with database.read() as session:
        listing = Listing(select(*Thing.__table__.c), columns, descending=descending)

        async def page(**arguments: Any) -> Any:
            return await listing.read_page(session, read_page_request(**arguments))

        found = list(await session.execute(listing.query))
        expected = sorted(found, key=lambda row: [_rank(getattr(row, column.key)) for column in columns])
        if descending:
            expected.reverse()
        assert await listing.count(session, COUNT) == COUNT
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
        ("moment", (None, "a")),
        ("nullable number", ("a", "a")),
        ("nullable moment", (3, 1, "a")),
        ("moment", ("2026-01-01T00:00:00", "a")),
        ("moment", ("0001-01-01T00:00:00+23:59", "a")),
    ],
)
@pytest.mark.parametrize("argument", ["after", "before"])
async def test_cursors_of_other_lists_are_refused(
    database: Database, order: str, key: tuple[str | int | None, ...], argument: str
) -> None:
    request = read_page_request(**{argument: encode_cursor(key)})
    async with database.read() as session:
        with pytest.raises(InvalidInput) as caught:
            await Listing(select(*Thing.__table__.c), ORDERS[order]).read_page(session, request)
    assert caught.value.path == (argument,)


async def test_more_than_the_limit_are_not_counted(database: Database) -> None:
    async with database.read() as session:
        listing = Listing(select(*Thing.__table__.c), [Thing.id])
        assert await listing.count(session, COUNT - 1) is None
        filtered = Listing(select(*Thing.__table__.c).where(Thing.rank == 1), [Thing.id])
        assert await filtered.count(session, COUNT) == len(range(1, COUNT, 4))


async def test_a_cursor_outlives_its_row(database: Database) -> None:
    request = read_page_request(first=1, after=encode_cursor(("thg_05x",)))
    async with database.read() as session:
        page = await Listing(select(*Thing.__table__.c), [Thing.id]).read_page(session, request)
    assert [row.id for row in page.items] == ["thg_06"]
