"""How a confirmed order becomes a cancelled one: the saga, as data."""

from __future__ import annotations

from typing import Final

from entrepot.shared.events.contracts.inventory import ReleaseRefused, ReservationReleased
from entrepot.shared.events.contracts.payments import PaymentVoided, VoidRefused
from entrepot.shared.events.saga.declaration import Saga, Step
from entrepot.subgraphs.orders import events
from entrepot.subgraphs.orders.placement import list_payments, list_reservations
from entrepot.subgraphs.orders.states import OrderFulfilmentStatus, OrderPaymentStatus
from entrepot.subgraphs.orders.status import Axes, cancel_requested_order, keep_order, show_progress

CANCELLATION: Final = Saga(
    name="cancellation",
    steps=(
        # Goods that have left decide: nothing else is undone for an order that cannot be cancelled.
        Step(
            name="release",
            command=events.release_stock,
            items=list_reservations,
            done=ReservationReleased,
            failed=(ReleaseRefused,),
            timeout=None,
            shows={ReservationReleased: Axes(fulfilment=OrderFulfilmentStatus.UNFULFILLED)},
        ),
        Step(
            name="void",
            command=events.void_payment,
            items=list_payments,
            done=PaymentVoided,
            failed=(VoidRefused,),
            timeout=None,
            shows={PaymentVoided: Axes(payment=OrderPaymentStatus.NONE)},
        ),
    ),
    on_completed=cancel_requested_order,
    on_failed=keep_order,
    on_shown=show_progress,
)
