"""Money: an integer of minor units and an ISO 4217 currency; never a float."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from entrepot.shared.currencies import MINOR_UNIT_DIGITS
from entrepot.shared.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the smallest unit of its currency: Money(1999, "EUR") is 19.99 EUR."""

    minor_units: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in MINOR_UNIT_DIGITS:
            raise InvalidInput(f"{self.currency!r} is no currency of ISO 4217, such as EUR.", path=("currency",))
        if type(self.minor_units) is not int:
            raise TypeError(f"An amount is a whole number of minor units, not {self.minor_units!r}.")

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor_units).scaleb(-MINOR_UNIT_DIGITS[self.currency])

    def __add__(self, other: Money) -> Money:
        return Money(self.minor_units + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor_units - self._same(other), self.currency)

    def times(self, quantity: int) -> Money:
        return Money(self.minor_units * quantity, self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise InvalidInput(f"Amounts in {self.currency} and {other.currency} cannot be combined.")
        return other.minor_units


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The one rule for totals: the sum of amounts that are already rounded, zero for none."""
    result = Money(0, currency)
    for amount in amounts:
        result += amount
    return result
