"""What orders react to."""

from __future__ import annotations

from typing import Final

from entrepot.shared.events import Handler, HandlerTable
from entrepot.shared.events.contracts.carts import CartChanged
from entrepot.subgraphs.orders.projections import project_cart
from entrepot.subgraphs.orders.service import SAGAS, Unit, take_reply


async def on_cart_changed(unit: Unit, event: CartChanged) -> None:
    await project_cart(unit, event)


_REPLIES: Final = [reply for saga in SAGAS for reply in saga.replies]

HANDLERS: Final[HandlerTable] = {
    CartChanged: (Handler("cart-changed", on_cart_changed, ("on_cart_changed",)),),
    **dict.fromkeys(_REPLIES, (Handler("saga-reply", take_reply, ("placement-reply", "on_placement_reply")),)),
}
