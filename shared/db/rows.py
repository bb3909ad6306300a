"""Rows by a key for reading: SQLAlchemy Core statements of the wanted columns, built once at import."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import InstrumentedAttribute

from entrepot.shared.db.among import among
from entrepot.shared.db.reading import Reader

_KEYS: Final = "keys"


class RowsByKey:
    """Reads the rows whose key is one of many, grouped by key.

    A row offers its columns as attributes by their names, as an ORM entity does, at a fraction of the cost.
    """

    def __init__(
        self,
        key: InstrumentedAttribute[Any],
        *columns: Any,
        order: Sequence[Any] = (),
        where: ColumnElement[bool] | None = None,
        join: type | None = None,
    ) -> None:
        """Without `columns`, those of the key's whole table. Rows of one key stand in the given order.

        `where` leaves rows out; `join` is a table that the key's one refers to and `columns` are of as well.
        """
        wanted = columns or tuple(key.class_.__table__.c)
        names = [column.key for column in wanted]
        extra = [] if key.key in names else [key]
        self._position = len(names) if extra else names.index(key.key)
        statement: Select[Any] = select(*wanted, *extra).where(among(key.expression, _KEYS))
        if join is not None:
            statement = statement.select_from(key.class_).join(join)
        if where is not None:
            statement = statement.where(where)
        self._statement = statement.order_by(*order) if order else statement

    async def __call__(self, reader: Reader, keys: Sequence[Any]) -> Mapping[Any, list[Row[Any]]]:
        """The rows of each key that has any."""
        result = await reader.execute(self._statement, {_KEYS: list(keys)})
        groups: dict[Any, list[Row[Any]]] = {}
        position = self._position
        for row in result.all():
            groups.setdefault(row[position], []).append(row)
        return groups


def row_of(name: str, columns: Sequence[ColumnElement[Any]]) -> Callable[[Iterable[Any]], Any]:
    """Makes rows of the columns' values, for one of several tables that a statement joins."""
    row: Any = namedtuple(name, [column.key for column in columns])  # type: ignore[misc]  # noqa: PYI024 - made of data
    make: Callable[[Iterable[Any]], Any] = row._make
    return make


def first_of(rows: Sequence[Row[Any]] | None) -> Row[Any] | None:
    """The only row of a unique key; None where there is none."""
    return rows[0] if rows else None
