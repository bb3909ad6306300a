"""What carts react to."""

from __future__ import annotations

from typing import Final

from entrepot.shared.events import Handler, HandlerTable
from entrepot.shared.events.contracts.accounts import UserSignedIn
from entrepot.shared.events.contracts.catalog import VariantChanged
from entrepot.shared.events.contracts.orders import OrderCancelled, OrderConfirmed, OrderPlaced
from entrepot.subgraphs.carts.projections import project_variant
from entrepot.subgraphs.carts.service import (
    Unit,
    begin_conversion,
    complete_conversion,
    merge_guest_cart,
    undo_conversion,
)


async def on_variant_changed(unit: Unit, event: VariantChanged) -> None:
    await project_variant(unit, event)


async def on_user_signed_in(unit: Unit, event: UserSignedIn) -> None:
    if event.guest_cart_id is not None and event.guest_cart_token_hash is not None:
        await merge_guest_cart(
            unit, user_id=event.user_id, cart_id=event.guest_cart_id, token_hash=event.guest_cart_token_hash
        )


async def on_order_placed(unit: Unit, event: OrderPlaced) -> None:
    await begin_conversion(unit, cart_id=event.cart_id, order_id=event.order_id)


async def on_order_confirmed(unit: Unit, event: OrderConfirmed) -> None:
    ordered = {line.variant_id: line.quantity for line in event.lines}
    await complete_conversion(unit, cart_id=event.cart_id, order_id=event.order_id, ordered=ordered)


async def on_order_cancelled(unit: Unit, event: OrderCancelled) -> None:
    await undo_conversion(unit, cart_id=event.cart_id, order_id=event.order_id)


HANDLERS: Final[HandlerTable] = {
    VariantChanged: (Handler("variant-changed", on_variant_changed, ("on_variant_changed",)),),
    UserSignedIn: (Handler("user-signed-in", on_user_signed_in, ("on_user_signed_in",)),),
    OrderPlaced: (Handler("order-placed", on_order_placed, ("on_order_placed",)),),
    OrderConfirmed: (Handler("order-confirmed", on_order_confirmed, ("on_order_confirmed",)),),
    OrderCancelled: (Handler("order-cancelled", on_order_cancelled, ("on_order_cancelled",)),),
}
