"""The currencies of ISO 4217."""

from __future__ import annotations

import pytest

from entrepot.shared.currencies import MINOR_UNIT_DIGITS


@pytest.mark.parametrize(
    ("code", "digits"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("ISK", 0), ("KWD", 3), ("TND", 3), ("XCG", 2)]
)
def test_minor_units(code: str, digits: int) -> None:
    assert MINOR_UNIT_DIGITS[code] == digits


def test_codes_are_well_formed_and_no_longer_used_ones_are_gone() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in MINOR_UNIT_DIGITS)
    assert not {"HRK", "SLL", "ZWL", "ANG", "DEM", "XAU", "XXX"} & MINOR_UNIT_DIGITS.keys()
    assert len(MINOR_UNIT_DIGITS) > 150
