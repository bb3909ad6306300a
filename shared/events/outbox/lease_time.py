"""The time by which leases run out: that of the database, which all its processes share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Interval, func, literal
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.clock import Clock
from entrepot.shared.db import UtcDateTime


def lease_bounds(session: AsyncSession, clock: Clock, seconds: float) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Now, and the end of a lease that begins now, for a statement.

    PostgreSQL's time, so that a process whose clock is ahead takes no lease of others; a SQLite file has only one
    process, whose own time it is.
    """
    lease = timedelta(seconds=seconds)
    if session.get_bind().dialect.name == "sqlite":
        now = clock.now()
        return literal(now, UtcDateTime()), literal(now + lease, UtcDateTime())
    moment: ColumnElement[Any] = func.statement_timestamp(type_=DateTime(timezone=True))
    return moment, moment + literal(lease, Interval())
