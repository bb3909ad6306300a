"""INSERT that minds a row already there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, String, Table, UniqueConstraint, select, update

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database, changed_rows, insert_or_ignore, new_metadata, upsert

METADATA = new_metadata()
PRICES = Table(
    "prices",
    METADATA,
    Column("sku", String(20), primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("amount", Integer),
    Column("code", String(20)),
    UniqueConstraint("code"),
)
KEYS_ONLY = Table("keys_only", METADATA, Column("a", Integer, primary_key=True), Column("b", Integer, primary_key=True))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/prices.db", SystemClock())
    async with opened.write_schema() as session:
        await (await session.connection()).run_sync(METADATA.create_all)
    yield opened
    await opened.dispose()


async def rows(session: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in (await session.execute(select(PRICES).order_by(PRICES.c.sku))).all()]


async def test_insert_or_ignore_says_whether_it_inserted(database: Database) -> None:
    async with database.write() as session:
        assert await insert_or_ignore(session, PRICES, {"sku": "a", "channel": "x", "amount": 1, "code": "c"})
        assert not await insert_or_ignore(session, PRICES, {"sku": "a", "channel": "x", "amount": 2})
        assert not await insert_or_ignore(session, PRICES, {"sku": "b", "channel": "x", "code": "c"})
        assert await insert_or_ignore(session, PRICES, {"sku": "a2", "channel": "x"})
        assert await rows(session) == [("a", "x", 1, "c"), ("a2", "x", None, None)]


async def test_upsert_brings_up_what_is_given_and_no_more(database: Database) -> None:
    async with database.write() as session:
        await upsert(session, PRICES, {"sku": "a", "channel": "x", "amount": 1, "code": "c"})
        await upsert(session, PRICES, {"sku": "a", "channel": "x", "amount": 2})
        assert await rows(session) == [("a", "x", 2, "c")]
        await upsert(session, PRICES, {"sku": "a", "channel": "x", "amount": None})
        assert await rows(session) == [("a", "x", None, "c")]


async def test_upsert_fills_only_what_is_null(database: Database) -> None:
    async with database.write() as session:
        await upsert(session, PRICES, {"sku": "a", "channel": "x", "amount": 1, "code": None}, fill=("amount", "code"))
        await upsert(session, PRICES, {"sku": "a", "channel": "x", "amount": 2, "code": "c"}, fill=("amount", "code"))
        assert await rows(session) == [("a", "x", 1, "c")]


async def test_upsert_of_nothing_but_a_key(database: Database) -> None:
    async with database.write() as session:
        for _ in range(2):
            await upsert(session, KEYS_ONLY, {"a": 1, "b": 2})
        assert len((await session.execute(select(KEYS_ONLY))).all()) == 1


async def test_changed_rows_is_what_a_guard_asks(database: Database) -> None:
    async with database.write() as session:
        await upsert(session, PRICES, {"sku": "a", "channel": "x", "amount": 3})
        take = update(PRICES).where(PRICES.c.amount >= 2).values(amount=PRICES.c.amount - 2)
        assert [changed_rows(await session.execute(take)) for _ in range(2)] == [1, 0]
