"""What an order costs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from entrepot.shared.money import Money, total


class PricedLine(Protocol):
    """A quantity at a unit price in minor units."""

    @property
    def quantity(self) -> int: ...

    @property
    def unit_minor_units(self) -> int: ...


def line_total(line: PricedLine, currency: str) -> Money:
    return Money(line.unit_minor_units, currency).times(line.quantity)


def order_total(lines: Iterable[PricedLine], currency: str) -> Money:
    """The sum of the rounded lines."""
    return total((line_total(line, currency) for line in lines), currency)
