"""The life of a reservation."""

from __future__ import annotations

import pytest

from entrepot.shared.errors import InvalidTransition
from entrepot.subgraphs.inventory.states import KEEPS_STOCK, RESERVATION, ReservationStatus

S = ReservationStatus


class TestReservation:
    def test_goes_where_the_table_says_and_nowhere_else(self) -> None:
        moves = {(move.source, move.target) for move in RESERVATION.transitions}
        assert moves == {
            (S.HELD, S.COMMITTED),
            (S.HELD, S.RELEASED),
            (S.HELD, S.EXPIRED),
            (S.COMMITTED, S.PICKED),
            (S.COMMITTED, S.RELEASED),
            (S.PICKED, S.CONSUMED),
        }
        for source in S:
            for target in S:
                if (source, target) not in moves:
                    with pytest.raises(InvalidTransition):
                        RESERVATION.check(source, target)

    def test_every_state_can_be_reached(self) -> None:
        seen, found = set(), {RESERVATION.initial}
        while found:
            seen |= found
            found = {after for state in found for after in RESERVATION.next_states(state)} - seen
        assert seen == set(S)

    def test_what_is_over_keeps_no_stock(self) -> None:
        assert all(not RESERVATION.is_final(state) for state in KEEPS_STOCK)
