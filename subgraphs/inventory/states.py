"""The life of a reservation, and the kinds of stock movement."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from entrepot.shared.states import StateMachine, Transition


class ReservationStatus(StrEnum):
    """What has become of the pieces that an order asked for."""

    HELD = "HELD"  # set aside until a time
    COMMITTED = "COMMITTED"  # sold, still on the shelf
    PICKED = "PICKED"  # taken from the shelf
    CONSUMED = "CONSUMED"  # gone with a parcel
    RELEASED = "RELEASED"  # given back, or never held
    EXPIRED = "EXPIRED"  # given back because nobody committed in time


class MovementKind(StrEnum):
    """Why stock changed."""

    RECEIVED = "RECEIVED"
    """Goods arrived at the location."""
    ADJUSTED = "ADJUSTED"
    """Staff corrected the quantity, for example after a count."""
    RESERVED = "RESERVED"
    """Units were reserved for an order that is being placed."""
    COMMITTED = "COMMITTED"
    """The order was confirmed; its units stay reserved until they are shipped."""
    RELEASED = "RELEASED"
    """The reservation of an order was cancelled, and its units are available again."""
    EXPIRED = "EXPIRED"
    """The order was not confirmed in time, and its units are available again."""


RESERVATION: Final = StateMachine(
    "Reservation",
    ReservationStatus.HELD,
    [
        Transition(ReservationStatus.HELD, ReservationStatus.COMMITTED),
        Transition(ReservationStatus.HELD, ReservationStatus.RELEASED),
        Transition(ReservationStatus.HELD, ReservationStatus.EXPIRED),
        Transition(ReservationStatus.COMMITTED, ReservationStatus.PICKED),
        Transition(ReservationStatus.COMMITTED, ReservationStatus.RELEASED),
        Transition(ReservationStatus.PICKED, ReservationStatus.CONSUMED),
    ],
)

KEEPS_STOCK: Final = frozenset({ReservationStatus.HELD, ReservationStatus.COMMITTED, ReservationStatus.PICKED})
"""While in these, a reservation's pieces are counted as reserved."""
