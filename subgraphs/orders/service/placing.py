"""Placing an order: the cart is checked, the order is written and its saga starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.exc import IntegrityError

from entrepot.shared.errors import InvalidInput, NotFound
from entrepot.shared.events.contracts.carts import CartLineFacts
from entrepot.shared.events.saga.saga import start_saga
from entrepot.subgraphs.orders.addresses import PostalAddress
from entrepot.subgraphs.orders.errors import CartAlreadyOrdered, CartChangedSince, CartNotOrderable, CartNotReady
from entrepot.subgraphs.orders.events import order_placed
from entrepot.subgraphs.orders.models import CartSnapshot, Order, OrderLine
from entrepot.subgraphs.orders.numbering import format_number
from entrepot.subgraphs.orders.placement import PLACEMENT
from entrepot.subgraphs.orders.projections import read_lines
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.service.unit import Unit
from entrepot.subgraphs.orders.service.waiting import may_arrive
from entrepot.subgraphs.orders.states import ORDER, OrderFulfilmentStatus, OrderPaymentStatus
from entrepot.subgraphs.orders.status import record_status
from entrepot.subgraphs.orders.totals import order_total

_ORDERABLE: Final = "ACTIVE"
_MAX_TOKEN: Final = 255


def check_payment_token(payment_token: str) -> None:
    if not 1 <= len(payment_token) <= _MAX_TOKEN:
        raise InvalidInput(f"A payment token has from 1 to {_MAX_TOKEN} characters.", path=("paymentToken",))


async def place_order(
    unit: Unit,
    *,
    customer_id: str,
    cart_id: str,
    expected_revision: int,
    payment_token: str,
    shipping_address: PostalAddress,
) -> Order:
    """A pending order of the cart as the customer saw it, and its saga begun.

    Raises NotFound for a cart that is not theirs, CartNotReady, CartChangedSince, CartNotOrderable, CartAlreadyOrdered.
    """
    check_payment_token(payment_token)
    repository = OrderRepository(unit.session)
    snapshot = await _find_orderable_cart(unit, customer_id, cart_id, expected_revision)
    lines = read_lines(snapshot)
    order = Order(
        id=unit.new_id("ord"),
        number=format_number(await repository.count_up("orders")),
        customer_id=customer_id,
        cart_id=cart_id,
        live_cart_id=cart_id,
        channel=snapshot.channel,
        currency=snapshot.currency,
        status=ORDER.initial,
        payment_status=OrderPaymentStatus.NONE,
        fulfilment_status=OrderFulfilmentStatus.UNFULFILLED,
        cancel_reason=None,
        total_minor_units=order_total(lines, snapshot.currency).minor_units,
        shipping_address=shipping_address.to_data(),
        created_at=unit.now,
        updated_at=unit.now,
    )
    repository.add(order)
    try:
        await unit.session.flush()
    except IntegrityError as error:
        raise CartAlreadyOrdered(cart_id) from error
    repository.add(*(_build_line(unit, order, position, line) for position, line in enumerate(lines)))
    await record_status(unit, order)
    unit.publish(order_placed(order))
    await start_saga(unit, PLACEMENT, order.id, _saga_data(order, lines, payment_token))
    return order


async def _find_orderable_cart(unit: Unit, customer_id: str, cart_id: str, expected_revision: int) -> CartSnapshot:
    repository = OrderRepository(unit.session)
    snapshot = await repository.get_snapshot(cart_id)
    if snapshot is None and may_arrive(cart_id, unit.now, unit.dependencies.settings):
        raise CartNotReady(cart_id)
    if snapshot is None or snapshot.owner_id != customer_id:
        raise _unknown(cart_id)
    if snapshot.revision < expected_revision:
        raise CartNotReady(cart_id)
    if await repository.get_live_order_of_cart(cart_id) is not None:
        raise CartAlreadyOrdered(cart_id)
    if snapshot.revision != expected_revision or snapshot.status != _ORDERABLE:
        raise CartChangedSince(cart_id, snapshot.revision)
    if not snapshot.lines or snapshot.problems:
        problems = frozenset(snapshot.problems)
        raise CartNotOrderable(cart_id, [line.sku for line in read_lines(snapshot) if line.line_id in problems])
    return snapshot


def _unknown(cart_id: str) -> NotFound:
    return NotFound("cart", cart_id, path=("cartId",))


def _build_line(unit: Unit, order: Order, position: int, line: CartLineFacts) -> OrderLine:
    return OrderLine(
        id=unit.new_id("oln"),
        order_id=order.id,
        position=position,
        variant_id=line.variant_id,
        seller_id=line.seller_id,
        sku=line.sku,
        product_name=line.product_name,
        variant_name=line.variant_name,
        quantity=line.quantity,
        unit_minor_units=line.unit_minor_units,
    )


def _saga_data(order: Order, lines: Sequence[CartLineFacts], payment_token: str) -> dict[str, object]:
    return {
        "lines": [{"variant_id": line.variant_id, "quantity": line.quantity} for line in lines],
        "customer_id": order.customer_id,
        "minor_units": order.total_minor_units,
        "currency": order.currency,
        "payment_token": payment_token,
    }
