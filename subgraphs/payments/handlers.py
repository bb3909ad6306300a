"""What payments react to."""

from __future__ import annotations

from typing import Final

from entrepot.shared.events import Handler, HandlerTable
from entrepot.shared.events.contracts.orders import AuthorizationRequested, AuthorizationVoidRequested
from entrepot.subgraphs.payments import service
from entrepot.subgraphs.payments.service import Unit


async def on_authorization_requested(unit: Unit, event: AuthorizationRequested) -> None:
    await service.request_authorization(
        unit,
        order_id=event.order_id,
        customer_id=event.customer_id,
        minor_units=event.minor_units,
        currency=event.currency,
        payment_token=event.payment_token,
    )


async def on_authorization_void_requested(unit: Unit, event: AuthorizationVoidRequested) -> None:
    await service.request_void(unit, order_id=event.order_id)


HANDLERS: Final[HandlerTable] = {
    AuthorizationRequested: (
        Handler("authorization-requested", on_authorization_requested, ("on_authorization_requested",)),
    ),
    AuthorizationVoidRequested: (
        Handler("authorization-void-requested", on_authorization_void_requested, ("on_authorization_void_requested",)),
    ),
}
