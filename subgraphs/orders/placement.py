"""How a pending order becomes a confirmed one: the saga, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from entrepot.shared.db import Reader
from entrepot.shared.events.contracts.inventory import (
    ReservationCommitted,
    ReservationHeld,
    ReservationRefused,
    ReservationReleased,
)
from entrepot.shared.events.contracts.payments import PaymentAuthorized, PaymentDeclined, PaymentVoided
from entrepot.shared.events.saga.declaration import Saga, Step
from entrepot.shared.events.saga.progress import SagaProgress, read_progress
from entrepot.shared.events.saga.state import SagaState
from entrepot.subgraphs.orders import events
from entrepot.subgraphs.orders.states import OrderFulfilmentStatus, OrderPaymentStatus
from entrepot.subgraphs.orders.status import Axes, cancel_failed_order, confirm_order, show_progress


def list_reservations(state: SagaState) -> Sequence[str]:
    """What inventory keeps for the order."""
    reservations: Sequence[str] = state.data["reservations"]
    return reservations


def list_payments(state: SagaState) -> Sequence[str]:
    """What the order is paid by; none when there is nothing to pay."""
    return list(state.data["payments"])


PLACEMENT: Final = Saga(
    name="placement",
    steps=(
        Step(
            name="reserve",
            command=events.hold_stock,
            items=list_reservations,
            done=ReservationHeld,
            failed=(ReservationRefused,),
            undo=events.release_stock,
            undone=ReservationReleased,
            shows={
                ReservationHeld: Axes(fulfilment=OrderFulfilmentStatus.ALLOCATED),
                ReservationReleased: Axes(fulfilment=OrderFulfilmentStatus.UNFULFILLED),
            },
        ),
        Step(
            name="authorize",
            command=events.authorize_payment,
            items=list_payments,
            done=PaymentAuthorized,
            failed=(PaymentDeclined,),
            undo=events.void_payment,
            undone=PaymentVoided,
            shows={
                PaymentAuthorized: Axes(payment=OrderPaymentStatus.AUTHORIZED),
                PaymentVoided: Axes(payment=OrderPaymentStatus.NONE),
            },
        ),
        Step(
            name="commit",
            command=events.commit_stock,
            items=list_reservations,
            done=ReservationCommitted,
            failed=(ReservationRefused,),
        ),
    ),
    on_completed=confirm_order,
    on_failed=cancel_failed_order,
    on_shown=show_progress,
)


async def read_placements(reader: Reader, order_ids: Sequence[str]) -> Mapping[str, SagaProgress]:
    """Where the placement of each order stands."""
    return await read_progress(reader, PLACEMENT, order_ids)
