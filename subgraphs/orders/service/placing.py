"""Placing an order: the cart is checked, the order is written and its saga starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from entrepot.shared.auth import Caller
from entrepot.shared.errors import InvalidInput, NotFound
from entrepot.shared.events import UnitOfWorkFactory
from entrepot.shared.events.contracts.carts import CartLineFacts
from entrepot.shared.events.saga.saga import start_saga
from entrepot.shared.input_checks import check_input
from entrepot.shared.scalars import Id
from entrepot.subgraphs.orders.addresses import PostalAddress
from entrepot.subgraphs.orders.config import OrderDependencies
from entrepot.subgraphs.orders.errors import CartAlreadyOrdered, CartChangedSince, CartNotOrderable, CartNotReady
from entrepot.subgraphs.orders.events import order_placed
from entrepot.subgraphs.orders.models import CartSnapshot, Order, OrderLine
from entrepot.subgraphs.orders.placement import PLACEMENT
from entrepot.subgraphs.orders.projections import read_lines
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.service.numbering import NUMBER_JOB
from entrepot.subgraphs.orders.service.unit import Unit
from entrepot.subgraphs.orders.service.waiting import await_cart, may_arrive
from entrepot.subgraphs.orders.states import ORDER, OrderFulfilmentStatus, OrderPaymentStatus
from entrepot.subgraphs.orders.status import record_placement
from entrepot.subgraphs.orders.totals import order_total

_ORDERABLE: Final = "ACTIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; each field has at most 200 characters."""

    name: str
    """The name of the recipient."""
    line1: str
    """Street and house number, or a post box."""
    line2: str | None = None
    """More of the address, such as an apartment or company."""
    city: str
    """The city or town."""
    postal_code: str | None = None
    """The postal code; not every country has them."""
    region: str | None = None
    """The state, province or county where the country's addresses need it."""
    country_code: str
    """The country as two capital letters of ISO 3166-1 alpha-2, such as DE."""

    def to_postal_address(self) -> PostalAddress:
        """The address to deliver to; raises InvalidInput or InputErrors."""
        return PostalAddress(
            name=self.name,
            line1=self.line1,
            line2=self.line2 or "",
            city=self.city,
            postal_code=self.postal_code or "",
            region=self.region or "",
            country_code=self.country_code,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """Order the content of a cart.

    The order is PENDING at first: reserving stock and authorizing the payment follow, and confirm or cancel it.
    Subscribe to `orderStatusChanged` to follow them.
    """

    cart_id: Id
    """The cart to order, which must belong to the caller: `Cart.id`."""
    expected_revision: int
    """The `Cart.revision` that the customer saw: the order is refused with CART_CHANGED if the cart has changed."""
    shipping_address: Address = field(repr=False)
    """The address to deliver to."""
    payment_method_id: Id | None = None
    """The payment method, from `addPaymentMethod`; not needed when there is nothing to pay."""


async def prepare_order(
    transactions: UnitOfWorkFactory[OrderDependencies], _caller: Caller, command: PlaceOrder
) -> PlaceOrder:
    """The command, when the cart is known here as the customer saw it, or will not be soon; raises InvalidInput."""
    _check(command)
    await await_cart(transactions, cart_id=command.cart_id, revision=command.expected_revision)
    return command


async def place_order(unit: Unit, command: PlaceOrder) -> Order:
    """A pending order of the cart as the customer saw it, and its saga begun.

    Raises InvalidInput, NotFound for a cart that is not theirs, CartNotReady, CartChangedSince, CartNotOrderable,
    CartAlreadyOrdered.
    """
    _check(command)
    cart_id, customer_id = command.cart_id, unit.caller.require_user()
    repository = OrderRepository(unit.session)
    snapshot = await _find_orderable_cart(unit, customer_id, cart_id, command.expected_revision)
    lines = read_lines(snapshot)
    total = order_total(lines, snapshot.currency)
    if total.minor_units and command.payment_method_id is None:
        raise InvalidInput("Give a payment method: see addPaymentMethod.", path=("paymentMethodId",))
    order = Order(
        id=unit.new_id("ord"),
        number=None,
        customer_id=customer_id,
        cart_id=cart_id,
        live_cart_id=cart_id,
        channel=snapshot.channel,
        currency=snapshot.currency,
        status=ORDER.initial,
        payment_status=OrderPaymentStatus.NONE,
        fulfilment_status=OrderFulfilmentStatus.UNFULFILLED,
        cancel_reason=None,
        total_minor_units=total.minor_units,
        shipping_address=command.shipping_address.to_postal_address().to_data(),
        reservation_ids=[unit.new_id("rsv")],
        payment_ids=[unit.new_id("pay")] if total.minor_units else [],
        created_at=unit.now,
        updated_at=unit.now,
    )
    order_lines = [_build_line(unit, order, position, line) for position, line in enumerate(lines)]
    repository.add(order)
    repository.add(*order_lines)
    record_placement(unit, order, order_lines)
    unit.publish(order_placed(order))
    await start_saga(unit, PLACEMENT, order.id, _saga_data(order, lines, command.payment_method_id))
    unit.notify_job(NUMBER_JOB)
    return order


def _check(command: PlaceOrder) -> None:
    with check_input() as checks:
        checks.run(command.shipping_address.to_postal_address)


async def _find_orderable_cart(unit: Unit, customer_id: str, cart_id: str, expected_revision: int) -> CartSnapshot:
    repository = OrderRepository(unit.session)
    snapshot = await repository.get_snapshot(cart_id)
    if snapshot is None and may_arrive(cart_id, unit.now, unit.dependencies.settings):
        raise CartNotReady(cart_id)
    if snapshot is None or snapshot.owner_id not in (customer_id, None):
        raise _unknown(cart_id)
    if snapshot.revision < expected_revision:
        # It may be a guest's here that the customer has claimed a moment ago.
        raise CartNotReady(cart_id)
    if snapshot.owner_id is None:
        raise _unknown(cart_id)
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


def _saga_data(order: Order, lines: Sequence[CartLineFacts], payment_method_id: str | None) -> dict[str, object]:
    payment = {
        "payment_method_id": payment_method_id,
        "minor_units": order.total_minor_units,
        "currency": order.currency,
    }
    return {
        "order_id": order.id,
        "customer_id": order.customer_id,
        "lines": [{"variant_id": line.variant_id, "quantity": line.quantity} for line in lines],
        "reservations": order.reservation_ids,
        "payments": dict.fromkeys(order.payment_ids or [], payment),
    }
