"""Scalars of the graph: whole numbers beyond 32 bits, exact decimals, currency codes, times."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import strawberry
from graphql import GraphQLError
from strawberry.schema.types.base_scalars import DateTimeDefinition
from strawberry.types.scalar import ScalarDefinition

from entrepot.shared.currencies import MINOR_UNIT_DIGITS
from entrepot.shared.errors import InternalError
from entrepot.shared.scalars import CurrencyCode, Long

__all__ = ["SCALARS", "CurrencyCode", "Long"]

_LONG_LIMIT: Final = 2**63
_DECIMAL: Final = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")


def _parse_long(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -_LONG_LIMIT <= value < _LONG_LIMIT:
        raise GraphQLError(f"Long takes a whole number of 64 bits, not {value!r}.")
    return value


def _parse_currency(value: Any) -> str:
    if not isinstance(value, str) or value not in MINOR_UNIT_DIGITS:
        raise GraphQLError(f"CurrencyCode takes a code of ISO 4217 such as EUR, not {value!r}.")
    return value


def _parse_decimal(value: Any) -> Decimal:
    # Digits only: an exponent would let a few characters stand for a number that fills the memory.
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise GraphQLError(f'Decimal takes a number as text such as "19.99", not {value!r}.')
    return Decimal(value)


def _print_long(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -_LONG_LIMIT <= value < _LONG_LIMIT:
        raise InternalError(f"{value!r} is no whole number of 64 bits.")
    return value


def _print_decimal(value: Any) -> str:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise InternalError(f"{value!r} is no decimal number.")
    return format(value, "f")


SCALARS: Final[dict[object, ScalarDefinition]] = {
    Long: strawberry.scalar(
        name="Long",
        description="A signed 64-bit integer, as a JSON number. JavaScript's `number` is exact up to 2^53.",
        specified_by_url="https://www.w3.org/TR/xmlschema11-2/#long",
        serialize=_print_long,
        parse_value=_parse_long,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="An alphabetic currency code of ISO 4217 in capital letters, such as EUR.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        serialize=str,
        parse_value=_parse_currency,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number as a string without exponent, such as "19.99".',
        specified_by_url="https://www.w3.org/TR/xmlschema11-2/#decimal",
        serialize=_print_decimal,
        parse_value=_parse_decimal,
    ),
    datetime: replace(
        DateTimeDefinition,
        description='A moment in time as a string of RFC 3339, with its offset, such as "2026-11-29T08:30:00+00:00". '
        "Results are always in UTC.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    ),
}
