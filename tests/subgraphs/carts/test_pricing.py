"""What a cart costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from entrepot.shared.money import Money
from entrepot.subgraphs.carts.models import CartLine, Variant
from entrepot.subgraphs.carts.pricing import ProblemCode, Quote, Tax, price_lines

PRICE = st.none() | st.integers(0, 10**9)
LINE = st.tuples(st.integers(1, 999), PRICE, st.booleans())


def build_content(rows: list[tuple[int, int | None, bool]]) -> list[Any]:
    return [
        (
            CartLine(id=f"cln_{number}", quantity=quantity),
            Variant(
                id=f"var_{number}",
                is_sellable=sellable,
                prices=[["default", "USD", 1]] + ([] if price is None else [["default", "EUR", price]]),
            ),
        )
        for number, (quantity, price, sellable) in enumerate(rows)
    ]


@given(st.lists(LINE, max_size=20))
def test_the_subtotal_is_the_sum_of_the_line_totals(rows: list[tuple[int, int | None, bool]]) -> None:
    quote = price_lines("default", "EUR", build_content(rows))
    assert quote.subtotal == Money(sum(quantity * (price or 0) for quantity, price, _ in rows), "EUR")
    assert quote.total == quote.subtotal
    assert [line.line_total for line in quote.lines] == [
        None if price is None else Money(quantity * price, "EUR") for quantity, price, _ in rows
    ]


@given(st.lists(LINE, max_size=20))
def test_problems_are_the_lines_that_cannot_be_ordered(rows: list[tuple[int, int | None, bool]]) -> None:
    quote = price_lines("default", "EUR", build_content(rows))
    expected = [
        ProblemCode.NOT_FOR_SALE if not sellable else ProblemCode.NO_PRICE if price is None else None
        for _, price, sellable in rows
    ]
    assert [line.problem for line in quote.lines] == expected
    assert len(quote.problems) == len([problem for problem in expected if problem])


def test_an_empty_cart_costs_nothing_in_its_own_currency() -> None:
    assert price_lines("default", "JPY", []).total == Money(0, "JPY")


def test_a_price_of_another_channel_is_none() -> None:
    assert price_lines("outlet", "EUR", build_content([(1, 500, True)])).lines[0].problem is ProblemCode.NO_PRICE


def test_taxes_come_on_top_of_the_subtotal() -> None:
    content = build_content([(2, 500, True)])
    lines = price_lines("default", "EUR", content).lines
    quote = Quote("EUR", lines, taxes=(Tax("VAT", Decimal("0.19"), Money(190, "EUR")),))
    assert (quote.subtotal.minor_units, quote.total.minor_units) == (1000, 1190)
