"""Column types that mean the same on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select
from sqlalchemy.exc import StatementError

from entrepot.shared.db import UtcDateTime

MOMENTS = Table("moments", MetaData(), Column("id", Integer, primary_key=True), Column("moment", UtcDateTime))
ENGINE = create_engine("sqlite://")
MOMENTS.metadata.create_all(ENGINE)

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def store(moment: datetime | None) -> datetime | None:
    with ENGINE.begin() as connection:
        key = connection.execute(insert(MOMENTS).values(moment=moment)).inserted_primary_key
        assert key is not None
        return connection.scalar(select(MOMENTS.c.moment).where(MOMENTS.c.id == key[0]))


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES))  # noqa: DTZ001 - bounds take no zone
def test_a_moment_comes_back_as_the_same_one_in_utc(moment: datetime) -> None:
    stored = store(moment)
    assert stored == moment
    assert stored is not None
    assert stored.tzinfo is UTC


def test_none_stays_none() -> None:
    assert store(None) is None


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        store(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


def test_compares_in_the_database() -> None:
    early = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=5)))
    late = datetime(2025, 12, 31, 23, tzinfo=UTC)
    with ENGINE.begin() as connection:
        connection.execute(insert(MOMENTS), [{"id": -1, "moment": late}, {"id": -2, "moment": early}])
        found = select(MOMENTS.c.id).where(MOMENTS.c.id < 0).order_by(MOMENTS.c.moment)
        assert connection.scalars(found).all() == [-2, -1]
        assert connection.scalars(found.where(MOMENTS.c.moment < late)).all() == [-2]
