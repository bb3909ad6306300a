"""Types that every subgraph resolves alike."""

from __future__ import annotations

from decimal import Decimal

import pytest

from entrepot.shared import money
from entrepot.shared.errors import InvalidInput
from entrepot.shared.graphql import CurrencyCode, Long, Money, MoneyInput


def test_money_goes_out_and_comes_in() -> None:
    shown = Money.of(money.Money(1999, "EUR"))
    assert (shown.minor_units, shown.currency, shown.amount()) == (1999, "EUR", Decimal("19.99"))
    assert MoneyInput(minor_units=Long(5), currency=CurrencyCode("JPY")).to_money() == money.Money(5, "JPY")
    with pytest.raises(InvalidInput):
        MoneyInput(minor_units=Long(5), currency=CurrencyCode("???")).to_money()
