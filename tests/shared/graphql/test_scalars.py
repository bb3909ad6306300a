"""Scalars: bounds on the way in, as literals and as variables, and on the way out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.shared.graphql.scalars import _parse_decimal, _parse_long, _print_decimal, _print_long

GOOD = [
    ("long", "Long", "0", 0),
    ("long", "Long", "-5", -5),
    ("long", "Long", "9223372036854775807", 2**63 - 1),
    ("long", "Long", "-9223372036854775808", -(2**63)),
    ("decimal", "Decimal!", '"19.99"', "19.99"),
    ("decimal", "Decimal!", '"-0.10"', "-0.10"),
    ("decimal", "Decimal!", '"0.000000001"', "0.000000001"),
    ("decimal", "Decimal!", '"100000000000000000000"', "100000000000000000000"),
    ("currency", "CurrencyCode!", '"EUR"', "EUR"),
]
BAD = [
    ("long", "Long", "9223372036854775808"),
    ("long", "Long", "-9223372036854775809"),
    ("long", "Long", "1.0"),
    ("long", "Long", '"1"'),
    ("long", "Long", "true"),
    ("long", "Long", "[1]"),
    ("long", "Long", "{}"),
    ("decimal", "Decimal!", "19.99"),
    ("decimal", "Decimal!", "19"),
    ("decimal", "Decimal!", "null"),
    ("decimal", "Decimal!", '""'),
    ("decimal", "Decimal!", '"nan"'),
    ("decimal", "Decimal!", '"Infinity"'),
    ("decimal", "Decimal!", '"1e5"'),
    ("decimal", "Decimal!", '"1e999999999"'),
    ("decimal", "Decimal!", '"1_000"'),
    ("decimal", "Decimal!", '" 1"'),
    ("decimal", "Decimal!", '"1\\n"'),
    ("decimal", "Decimal!", '"٣"'),
    ("decimal", "Decimal!", '".5"'),
    ("decimal", "Decimal!", f'"{"9" * 31}"'),
    ("currency", "CurrencyCode!", '"eur"'),
    ("currency", "CurrencyCode!", '"XXX"'),
    ("currency", "CurrencyCode!", '""'),
    ("currency", "CurrencyCode!", "5"),
    ("currency", "CurrencyCode!", '["EUR"]'),
]


@pytest.mark.parametrize(("field", "kind", "literal", "expected"), GOOD)
async def test_good_ones_come_back(ask: Any, field: str, kind: str, literal: str, expected: Any) -> None:
    assert await ask(f"{{ {field}(value: {literal}) }}") == {"data": {field: expected}}
    query = f"query ($value: {kind}) {{ {field}(value: $value) }}"
    assert await ask(query, value=expected) == {"data": {field: expected}}


@pytest.mark.parametrize(("field", "kind", "literal"), BAD)
async def test_bad_ones_are_the_callers_fault(ask: Any, field: str, kind: str, literal: str) -> None:
    as_literal = await ask(f"{{ {field}(value: {literal}) }}")
    variable: Any = {"true": True, "null": None, "{}": {}, "[1]": [1], "1.0": 1.0, '["EUR"]': ["EUR"]}.get(literal)
    if variable is None and literal != "null":
        variable = literal.strip('"').replace("\\n", "\n") if literal.startswith('"') else Decimal(literal)
        variable = int(variable) if isinstance(variable, Decimal) and variable == int(variable) else variable
        variable = float(variable) if isinstance(variable, Decimal) else variable
    as_variable = await ask(f"query ($value: {kind}) {{ {field}(value: $value) }}", value=variable)
    for answer in (as_literal, as_variable):
        assert not answer["data"]
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["GRAPHQL_VALIDATION_FAILED"]


@pytest.mark.parametrize("value", [1.0, True, "1", None, 2**63, -(2**63) - 1])
def test_a_long_that_is_none_is_our_fault(value: Any) -> None:
    with pytest.raises(Exception, match="64 bits"):
        _print_long(value)


@pytest.mark.parametrize("value", [1.0, "1", 1, None, Decimal("nan"), Decimal("inf")])
def test_a_decimal_that_is_none_is_our_fault(value: Any) -> None:
    with pytest.raises(Exception, match="no decimal"):
        _print_decimal(value)


@given(st.integers(-(2**63), 2**63 - 1))
def test_longs_round_trip(value: int) -> None:
    assert _parse_long(_print_long(value)) == value


@given(st.decimals(min_value=-(10**20), max_value=10**20, places=9))
def test_decimals_round_trip_without_an_exponent(value: Decimal) -> None:
    printed = _print_decimal(value)
    assert "E" not in printed
    assert _parse_decimal(printed) == value


def test_large_exponents_are_written_out() -> None:
    assert _print_decimal(Decimal("1E+3")) == "1000"
