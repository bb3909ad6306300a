"""Markers that stand in a result while it is made, where there is no value yet or none will come."""

from __future__ import annotations

from typing import Final


class Failure:
    """Stands in a result where a field, or an item of a list, failed with `error`."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


class _Pending:
    """Stands in a result where a value is still awaited."""

    def __repr__(self) -> str:
        return "PENDING"


PENDING: Final = _Pending()
