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
from entrepot.shared.events.saga.progress import SagaProgress, read_progress
from entrepot.shared.events.saga.saga import Saga, Step
from entrepot.subgraphs.orders import events
from entrepot.subgraphs.orders.status import cancel_failed_order, confirm_order

PLACEMENT: Final = Saga(
    name="placement",
    steps=(
        Step(
            name="reserve",
            command=events.request_reservation,
            done=ReservationHeld,
            failed=(ReservationRefused,),
            compensation=events.request_release,
            compensated=ReservationReleased,
        ),
        Step(
            name="authorize",
            command=events.request_authorization,
            done=PaymentAuthorized,
            failed=(PaymentDeclined,),
            compensation=events.request_void,
            compensated=PaymentVoided,
            # The payment provider is given its time by payments, which answers long before this.
            timeout=300.0,
        ),
        Step(
            name="commit",
            command=events.request_commit,
            done=ReservationCommitted,
            failed=(ReservationRefused,),
        ),
    ),
    on_completed=confirm_order,
    on_failed=cancel_failed_order,
)


async def read_placements(reader: Reader, order_ids: Sequence[str]) -> Mapping[str, SagaProgress]:
    """Where the placement of each order stands."""
    return await read_progress(reader, PLACEMENT, order_ids)
