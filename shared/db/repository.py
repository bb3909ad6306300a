"""The base of every repository: a session; it never commits."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

M = TypeVar("M")
K = TypeVar("K")


class Repository:
    """Every query of a domain, methods named by what they find."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    def add(self, *rows: object) -> None:
        self.session.add_all(rows)

    async def lock_name(self, name: str) -> None:
        """Hold a name until the transaction ends, for what no row stands for; another transaction waits for it here.

        SQLite has one writer at a time.
        """
        if self.session.get_bind().dialect.name != "sqlite":
            await self.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
