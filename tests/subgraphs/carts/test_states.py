"""The life of a cart, as its table says it."""

from __future__ import annotations

import itertools

import pytest

from entrepot.shared.errors import InvalidTransition
from entrepot.subgraphs.carts.states import CART, CartStatus

ALLOWED = {
    ("ACTIVE", "CONVERTING"),
    ("ACTIVE", "ABANDONED"),
    ("ACTIVE", "EXPIRED"),
    ("ACTIVE", "MERGED"),
    ("CONVERTING", "CONVERTED"),
    ("CONVERTING", "ACTIVE"),
}


@pytest.mark.parametrize(("source", "target"), list(itertools.product(CartStatus, CartStatus)))
def test_a_cart_goes_where_the_table_says(source: CartStatus, target: CartStatus) -> None:
    if (source.value, target.value) in ALLOWED:
        assert CART.check(source, target).target is target
    else:
        with pytest.raises(InvalidTransition):
            CART.check(source, target)


def test_starts_active_and_ends_for_good() -> None:
    assert CART.initial is CartStatus.ACTIVE
    assert {state.value for state in CartStatus if CART.is_final(state)} == {
        "CONVERTED",
        "ABANDONED",
        "EXPIRED",
        "MERGED",
    }
