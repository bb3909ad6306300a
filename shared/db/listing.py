"""Lists that are read by pages: a query, its order, and a cursor that is the sort key of a row (keyset pagination)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, case, func, literal, select, tuple_

from entrepot.shared.db.reading import Reader
from entrepot.shared.errors import InvalidInput
from entrepot.shared.pagination import Page, PageRequest, SortKey, build_page

_LEAST: Final[dict[type, Any]] = {str: "", int: 0, datetime: datetime(1, 1, 1, tzinfo=UTC)}


@dataclass(frozen=True, slots=True)
class Listing:
    """A query of columns and the columns that order its rows; together they identify a row.

    They hold text, whole numbers or moments, and are among those of the query. Rows with null in one come behind all
    others, or before them when `descending`.
    """

    query: Select[Any]
    order: Sequence[Any]
    descending: bool = False

    async def read_page(self, reader: Reader, request: PageRequest) -> Page[Row[Any]]:
        """One page; raises InvalidInput for the cursor of another list."""
        rows = (await reader.execute(self._select(request))).all()
        return build_page(request, rows, self._sort_key)

    async def count(self, reader: Reader, at_most: int) -> int | None:
        """The number of rows; None when there are more than `at_most`, which is found without counting them all."""
        ones: Select[Any] = self.query.with_only_columns(literal(1).label("one"), maintain_column_froms=True)
        limited = ones.order_by(None).limit(at_most + 1).subquery()
        found: int = (await reader.execute(select(func.count()).select_from(limited))).scalar_one()
        return found if found <= at_most else None

    def _select(self, request: PageRequest) -> Select[Any]:
        query, columns = self.query, [part for column in self.order for part in _comparable(column)]
        downward = self.descending != request.backward
        if request.cursor is not None:
            left, right = tuple_(*columns), tuple_(*self._read_cursor(request, request.cursor))
            query = query.where(left < right if downward else left > right)
        return query.order_by(*(part.desc() if downward else part.asc() for part in columns)).limit(request.limit)

    def _sort_key(self, row: Row[Any]) -> SortKey:
        return tuple(_print_value(getattr(row, column.key)) for column in self.order)

    def _read_cursor(self, request: PageRequest, cursor: SortKey) -> list[ColumnElement[Any]]:
        """The cursor's values, as they are compared."""
        try:
            return [part for text, column in zip(cursor, self.order, strict=True) for part in _read_value(text, column)]
        except (ValueError, OverflowError):
            path = "before" if request.backward else "after"
            raise InvalidInput("The cursor does not belong to this list.", path=(path,)) from None


def _comparable(column: Any) -> Sequence[Any]:
    """What rows are compared by: the column; where it may be null, whether it is, and then a value in its place."""
    if not _may_be_null(column):
        return (column,)
    return case((column.is_(None), 1), else_=0), func.coalesce(column, literal(_least_of(column), column.type))


def _read_value(text: str | int | None, column: Any) -> Sequence[ColumnElement[Any]]:
    """A cursor's value as the parts that `_comparable` has for the column."""
    if text is None:
        if not _may_be_null(column):
            raise ValueError(text)
        return literal(1), literal(_least_of(column), column.type)
    value = literal(_convert(text, column.type.python_type), column.type)
    return (literal(0), value) if _may_be_null(column) else (value,)


def _may_be_null(column: Any) -> bool:
    return bool(column.expression.nullable)


def _least_of(column: Any) -> Any:
    return _LEAST[column.type.python_type]


def _print_value(value: Any) -> str | int | None:
    return value.isoformat() if isinstance(value, datetime) else value


def _convert(value: str | int, kind: type) -> Any:
    if kind is datetime and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment.astimezone(UTC)
    if type(value) is not kind:
        raise ValueError(value)
    return value
