"""The base of every repository: a session and the keyset page; it never commits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from entrepot.shared.errors import InvalidInput
from entrepot.shared.pagination import Page, PageRequest, build_page

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

    async def page(
        self,
        query: Select[M],
        request: PageRequest,
        *,
        order: Sequence[InstrumentedAttribute[Any]],
        descending: bool = False,
    ) -> Page[M]:
        """One page of the query, ordered by columns that identify a row together (the last one is unique).

        The columns hold text, whole numbers or moments, never null.
        """
        ordered = self._order(query, request, order, descending=descending)
        rows = (await self.session.scalars(ordered)).all()
        return build_page(request, rows, lambda row: tuple(_print_value(getattr(row, column.key)) for column in order))

    async def page_rows(
        self,
        query: Select[Any],
        request: PageRequest,
        *,
        order: Sequence[InstrumentedAttribute[Any]],
        descending: bool = False,
    ) -> Page[Row[Any]]:
        """As `page`, for a query of columns: rows offer them as attributes, and are no entities."""
        ordered = self._order(query, request, order, descending=descending)
        connection = await self.session.connection()
        rows = (await connection.execute(ordered)).all()
        return build_page(request, rows, lambda row: tuple(_print_value(getattr(row, column.key)) for column in order))

    @staticmethod
    def _order(
        query: Select[M], request: PageRequest, order: Sequence[InstrumentedAttribute[Any]], *, descending: bool
    ) -> Select[M]:
        downward = descending != request.backward
        if request.cursor is not None:
            columns, values = tuple_(*order), tuple_(*_read_values(request, order))
            query = query.where(columns < values if downward else columns > values)
        return query.order_by(*(column.desc() if downward else column.asc() for column in order)).limit(request.limit)


def _print_value(value: Any) -> str | int:
    return value.isoformat() if isinstance(value, datetime) else value


def _read_values(request: PageRequest, order: Sequence[InstrumentedAttribute[Any]]) -> list[ColumnElement[Any]]:
    """The cursor's values as those of the columns; raises InvalidInput for the cursor of another list."""
    cursor = request.cursor or ()
    try:
        values = [_read_value(text, column.type.python_type) for text, column in zip(cursor, order, strict=True)]
    except (ValueError, OverflowError):
        path = "before" if request.backward else "after"
        raise InvalidInput("The cursor does not belong to this list.", path=(path,)) from None
    return [literal(value, column.type) for value, column in zip(values, order, strict=True)]


def _read_value(value: str | int, kind: type) -> Any:
    if kind is datetime and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment.astimezone(UTC)
    if type(value) is not kind:
        raise ValueError(value)
    return value


def by_key(keys: Iterable[K], rows: Iterable[M], key: Callable[[M], K]) -> list[M | None]:
    """The rows in the order of the keys, None where there is none: what a DataLoader returns."""
    found = {key(row): row for row in rows}
    return [found.get(wanted) for wanted in keys]


def grouped(keys: Iterable[K], rows: Iterable[M], key: Callable[[M], K | None]) -> list[list[M]]:
    """The rows of each key, in the rows' order, an empty list where there is none."""
    groups: dict[K | None, list[M]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return [groups.get(wanted, []) for wanted in keys]
