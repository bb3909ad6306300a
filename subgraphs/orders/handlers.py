"""What orders react to."""

from __future__ import annotations

from typing import Final

from entrepot.shared.events import Event, Handler, HandlerTable
from entrepot.shared.events.contracts.carts import CartChanged
from entrepot.subgraphs.orders.placement import PLACEMENT
from entrepot.subgraphs.orders.projections import project_cart
from entrepot.subgraphs.orders.service import Unit, take_reply


async def on_cart_changed(unit: Unit, event: CartChanged) -> None:
    await project_cart(unit, event)


async def on_placement_reply(unit: Unit, event: Event) -> None:
    await take_reply(unit, event)


HANDLERS: Final[HandlerTable] = {
    CartChanged: (Handler("cart-changed", on_cart_changed, ("on_cart_changed",)),),
    **dict.fromkeys(PLACEMENT.replies, (Handler("placement-reply", on_placement_reply, ("on_placement_reply",)),)),
}
