"""The base of every repository: a session and the keyset page; it never commits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from shared.errors import InvalidInput
from shared.pagination import Page, PageRequest, build_page

M = TypeVar("M")
K = TypeVar("K")


class Repository:
    """Every query of a domain, methods named by what they find."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    def add(self, *rows: object) -> None:
        self.session.add_all(rows)

    async def page(
        self,
        query: Select[M],
        request: PageRequest,
        *,
        order: Sequence[InstrumentedAttribute[Any]],
        descending: bool = False,
    ) -> Page[M]:
        """One page of the query, ordered by columns that identify a row together (the last one is unique)."""
        downward = descending != request.backward
        if request.cursor is not None:
            if [type(value) for value in request.cursor] != [column.type.python_type for column in order]:
                raise InvalidInput("The cursor does not belong to this list.", path=("after",))
            columns, values = tuple_(*order), tuple_(*request.cursor)
            query = query.where(columns < values if downward else columns > values)
        ordered = query.order_by(*(column.desc() if downward else column.asc() for column in order))
        rows = (await self.session.scalars(ordered.limit(request.limit))).all()
        return build_page(request, rows, lambda row: tuple(getattr(row, column.key) for column in order))


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
