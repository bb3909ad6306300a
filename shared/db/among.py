"""`column IN (many values)` as one statement text, however many values there are.

`in_` writes a parameter for each value: SQLAlchemy has to write the text again for each execution, and PostgreSQL to
prepare another statement for each number of values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Dialect, Text, TypeDecorator, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import Boolean, TypeEngine


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column holds one of the values of the parameter `name`: a list of text or whole numbers."""
    return _Among(column, bindparam(name, type_=_Values(column.type)))


class _Values(TypeDecorator[Sequence[Any]]):
    """A list as one parameter: an array on PostgreSQL, a JSON array on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(self.item))

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        return json.dumps if dialect.name == "sqlite" else list


class _Among(ColumnElement[bool]):
    """A test of one column against a list."""

    inherit_cache = True
    type = Boolean()
    _traverse_internals = [  # noqa: RUF012 - SQLAlchemy reads it so
        ("column", InternalTraversal.dp_clauseelement),
        ("values", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: ColumnElement[Any], values: ColumnElement[Any]) -> None:
        self.column = column
        self.values = values


@compiles(_Among, "sqlite")
def _compile_for_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = compiler.process(element.column, **options), compiler.process(element.values, **options)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - a column and a parameter


@compiles(_Among)
def _compile(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = compiler.process(element.column, **options), compiler.process(element.values, **options)
    return f"{column} = ANY ({values})"
