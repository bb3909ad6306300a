"""Use cases of orders."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError

from entrepot.shared.auth import Principal
from entrepot.shared.errors import InvalidInput, InvalidTransition, NotFound, StaleVersion
from entrepot.shared.events import Event, FanOut, UnitOfWork, UnitOfWorkFactory
from entrepot.shared.events.contracts.carts import CartLineFacts
from entrepot.shared.events.contracts.inventory import ReservationHeld, ReservationReleased
from entrepot.shared.events.contracts.orders import AuthorizationVoidRequested, ReservationReleaseRequested
from entrepot.shared.events.contracts.payments import PaymentAuthorized, PaymentVoided
from entrepot.shared.events.fan_out.fan_out import first_of
from entrepot.shared.events.saga.saga import advance_saga, fail_saga, find_overdue, resolve_overdue, start_saga
from entrepot.shared.ids import read_moment
from entrepot.subgraphs.orders.addresses import PostalAddress
from entrepot.subgraphs.orders.config import OrderDependencies, OrderSettings
from entrepot.subgraphs.orders.errors import CartAlreadyOrdered, CartChangedSince, CartNotOrderable, CartNotReady
from entrepot.subgraphs.orders.events import order_placed
from entrepot.subgraphs.orders.models import CartSnapshot, Order, OrderLine
from entrepot.subgraphs.orders.numbering import format_number
from entrepot.subgraphs.orders.placement import PLACEMENT
from entrepot.subgraphs.orders.projections import cart_channel, read_lines
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.subgraphs.orders.states import ORDER, OrderFulfilmentStatus, OrderPaymentStatus, OrderStatus
from entrepot.subgraphs.orders.status import cancel_order_now, record_status, set_progress
from entrepot.subgraphs.orders.totals import order_total

Unit = UnitOfWork[OrderDependencies]

CANCEL_SCOPE: Final = "orders:cancel"
_ORDERABLE: Final = "ACTIVE"
_MAX_TOKEN: Final = 255
_OVERDUE_BATCH: Final = 100


async def await_cart(
    transactions: UnitOfWorkFactory[OrderDependencies], fan_out: FanOut, *, cart_id: str, revision: int
) -> None:
    """Return when the cart is known here up to the revision, or when it is no use to wait longer.

    A guest's cart may be on its way to become the customer's: it is waited for too.
    """
    clock = transactions.environment.clock
    deadline = clock.monotonic() + transactions.dependencies.settings.cart_wait
    async with fan_out.listen(cart_channel(cart_id)) as listener:
        while True:
            async with transactions.database.read() as session:
                snapshot = await OrderRepository(session).get_snapshot(cart_id)
            remaining = deadline - clock.monotonic()
            if snapshot is None:
                may_change = _may_arrive(cart_id, clock.now(), transactions.dependencies.settings)
            else:
                may_change = snapshot.owner_id is None or snapshot.revision < revision
            if remaining <= 0 or not may_change:
                return
            await first_of(listener.wait(), clock.sleep(remaining))


def _may_arrive(cart_id: str, now: datetime, settings: OrderSettings) -> bool:
    """Whether a cart that is not known here may exist all the same: by its id, it was started a moment ago."""
    moment = read_moment(cart_id, "crt")
    return moment is not None and abs(now - moment) <= timedelta(seconds=settings.cart_delay)


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


async def cancel_order(unit: Unit, *, principal: Principal, order_id: str) -> Order:
    """Call it off: a pending order is undone by its saga and cancelled when that is through, a confirmed one at once.

    Raises NotFound for an order the caller may not cancel, InvalidTransition for one that is final.
    """
    order = await OrderRepository(unit.session).get_order(order_id)
    if order is None or not can_cancel(principal, order):
        raise NotFound("order", order_id, path=("orderId",))
    ORDER.check(OrderStatus(order.status), OrderStatus.CANCELLED)
    if await fail_saga(unit, PLACEMENT, order_id, "REQUESTED"):
        return order
    if order.status == OrderStatus.PENDING:
        raise InvalidTransition("Order being undone", order.status, OrderStatus.CANCELLED, ())
    await cancel_order_now(unit, order, "REQUESTED")
    unit.publish(AuthorizationVoidRequested(order_id=order_id), ReservationReleaseRequested(order_id=order_id))
    return order


async def take_reply(unit: Unit, reply: Event) -> None:
    """Let an order's saga move on by a reply, and its status show how far it got."""
    order = await OrderRepository(unit.session).get_order(reply.subject)
    if order is None or not await advance_saga(unit, PLACEMENT, reply):
        return
    if order.status == OrderStatus.PENDING:
        payment, fulfilment = _PROGRESS.get(type(reply), (None, None))
        await set_progress(unit, order, payment=payment, fulfilment=fulfilment)


async def resolve_overdue_orders(transactions: UnitOfWorkFactory[OrderDependencies]) -> int:
    """Undo the orders whose reply has not come in time; how many there were."""
    async with transactions.begin() as unit:
        keys: Sequence[str] = await find_overdue(unit, PLACEMENT, _OVERDUE_BATCH)
    for key in keys:
        # One that moves on at this very moment is not overdue any more.
        with suppress(StaleVersion):
            async with transactions.begin() as unit:
                await resolve_overdue(unit, PLACEMENT, key)
    return len(keys)


async def find_order(unit: Unit, order_id: str) -> Order:
    """The order; raises NotFound."""
    order = await OrderRepository(unit.session).get_order(order_id)
    if order is None:
        raise NotFound("order", order_id, path=("orderId",))
    return order


def can_cancel(principal: Principal, order: Order) -> bool:
    return principal.user_id == order.customer_id or principal.has_scopes([[CANCEL_SCOPE]])


_PROGRESS: Final[dict[type[Event], tuple[OrderPaymentStatus | None, OrderFulfilmentStatus | None]]] = {
    ReservationHeld: (None, OrderFulfilmentStatus.ALLOCATED),
    ReservationReleased: (None, OrderFulfilmentStatus.UNFULFILLED),
    PaymentAuthorized: (OrderPaymentStatus.AUTHORIZED, None),
    PaymentVoided: (OrderPaymentStatus.NONE, None),
}


async def _find_orderable_cart(unit: Unit, customer_id: str, cart_id: str, expected_revision: int) -> CartSnapshot:
    repository = OrderRepository(unit.session)
    snapshot = await repository.get_snapshot(cart_id)
    if snapshot is None and _may_arrive(cart_id, unit.now, unit.dependencies.settings):
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
