"""Money: exact, of one currency, never a float."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.shared.currencies import MINOR_UNIT_DIGITS
from entrepot.shared.errors import InvalidInput
from entrepot.shared.money import Money, total

MINOR_UNITS = st.integers(min_value=-(2**63), max_value=2**63 - 1)


@pytest.mark.parametrize(
    ("minor_units", "currency", "text"),
    [
        (1999, "EUR", "19.99"),
        (-5, "EUR", "-0.05"),
        (0, "EUR", "0.00"),
        (500, "JPY", "500"),
        (0, "JPY", "0"),
        (1, "KWD", "0.001"),
        (2**63 - 1, "EUR", "92233720368547758.07"),
    ],
)
def test_prints_the_digits_of_its_currency(minor_units: int, currency: str, text: str) -> None:
    assert format(Money(minor_units, currency).amount, "f") == text


@given(MINOR_UNITS, st.sampled_from(sorted(MINOR_UNIT_DIGITS)))
def test_amount_is_exact_for_every_currency(minor_units: int, currency: str) -> None:
    amount = Money(minor_units, currency).amount
    assert amount * 10 ** MINOR_UNIT_DIGITS[currency] == minor_units
    assert amount.as_tuple().exponent == -MINOR_UNIT_DIGITS[currency]


@given(st.lists(MINOR_UNITS))
def test_total_is_the_sum_of_its_lines(lines: list[int]) -> None:
    assert total([Money(line, "EUR") for line in lines], "EUR") == Money(sum(lines), "EUR")


def test_arithmetic_keeps_the_currency() -> None:
    assert Money(500, "EUR") + Money(1, "EUR") - Money(2, "EUR") == Money(499, "EUR")
    assert Money(333, "EUR").times(3) == Money(999, "EUR")


def test_currencies_do_not_mix() -> None:
    for combine in (Money.__add__, Money.__sub__):
        with pytest.raises(InvalidInput, match="EUR and USD"):
            combine(Money(1, "EUR"), Money(1, "USD"))
    with pytest.raises(InvalidInput):
        total([Money(1, "USD")], "EUR")


@pytest.mark.parametrize("currency", ["", "eur", "EU", "XXX", "EURO", "ANG"])
def test_unknown_currencies_are_refused(currency: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Money(1, currency)
    assert caught.value.path == ("currency",)


@pytest.mark.parametrize("minor_units", [1.0, True, Decimal(1), "1", None])
def test_minor_units_are_whole_numbers(minor_units: Any) -> None:
    with pytest.raises(TypeError, match="whole number"):
        Money(minor_units, "EUR")
