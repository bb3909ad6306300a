"""The life of a payment."""

from __future__ import annotations

import pytest

from entrepot.shared.errors import InvalidTransition
from entrepot.subgraphs.payments.states import PAYMENT, SECURED, PaymentStatus

S = PaymentStatus
NEXT = {
    S.CREATED: {S.REQUIRES_ACTION, S.PROCESSING, S.AUTHORIZED, S.CAPTURED, S.FAILED, S.CANCELLED},
    S.REQUIRES_ACTION: {S.PROCESSING, S.FAILED, S.CANCELLED},
    S.PROCESSING: {S.AUTHORIZED, S.CAPTURED, S.FAILED},
    S.AUTHORIZED: {S.PARTIALLY_CAPTURED, S.CAPTURED, S.VOIDED, S.EXPIRED},
    S.PARTIALLY_CAPTURED: {S.CAPTURED},
    S.CAPTURED: {S.PARTIALLY_REFUNDED, S.DISPUTED},
    S.PARTIALLY_REFUNDED: {S.REFUNDED},
    S.DISPUTED: {S.CAPTURED, S.LOST},
}


class TestPayment:
    @pytest.mark.parametrize("source", list(S))
    def test_goes_where_the_table_says_and_nowhere_else(self, source: PaymentStatus) -> None:
        assert PAYMENT.next_states(source) == NEXT.get(source, set())
        for target in set(S) - NEXT.get(source, set()):
            with pytest.raises(InvalidTransition):
                PAYMENT.check(source, target)

    def test_every_state_can_be_reached(self) -> None:
        seen, found = set(), {PAYMENT.initial}
        while found:
            seen |= found
            found = {after for state in found for after in PAYMENT.next_states(state)} - seen
        assert seen == set(S)

    def test_what_is_over_secures_nothing(self) -> None:
        assert not any(PAYMENT.is_final(state) for state in SECURED)
