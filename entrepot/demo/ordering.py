"""Places the past orders: a cart, its lines, an order, and what happens to it, each by the use case of its domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from entrepot.demo.orders import GOOD_TOKEN, TOKENS, Ending, PastOrder, plan_orders
from entrepot.demo.people import CLERK, address_of
from entrepot.demo.services import SeededServices
from entrepot.shared.auth import Caller, Principal
from entrepot.shared.scalars import CurrencyCode, Id
from entrepot.subgraphs.accounts.seeds import DemoUser
from entrepot.subgraphs.carts import service as carts
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.catalog.repository import CatalogRepository
from entrepot.subgraphs.orders import service as orders
from entrepot.subgraphs.orders.repository import OrderRepository, list_orders
from entrepot.subgraphs.orders.states import OrderStatus
from entrepot.subgraphs.payments import service as payments

Progress = Callable[[int, int], None]

_CURRENCY: Final = CurrencyCode("EUR")
_BROWSING: Final = 240.0
"""Seconds between a cart and its order."""
_THINKING: Final = 3 * 3600.0
_RETRY: Final = 60.0
_MAX_RETRIES: Final = 10
_LATE: Final = 1000.0
"""Longer than an order waits for the inventory."""


async def write_orders(services: SeededServices, today: datetime, report: Progress) -> None:
    """Place the orders that are missing: of each customer's, as many as there are count as placed."""
    plan = list(plan_orders())
    variants = await _find_variants(services, plan)
    placed = {order.customer.id: await _count_orders(services, order.customer) for order in plan}
    for number, order in enumerate(plan, 1):
        if placed[order.customer.id] > 0:
            placed[order.customer.id] -= 2 if order.ending is Ending.DECLINED_AND_REPEATED else 1
        else:
            services.clock.move_to(today - timedelta(days=order.days_ago) + timedelta(hours=7 + number % 13))
            await _place(services, order, variants)
        report(number, len(plan))


async def _place(services: SeededServices, past: PastOrder, variants: Mapping[str, str]) -> None:
    cart_id = await _fill_cart(services, past, variants)
    services.clock.advance(_BROWSING)
    order_id = await _place_order(services, past.customer, cart_id, TOKENS.get(past.ending, GOOD_TOKEN))
    customer = Principal(user_id=past.customer.id)
    match past.ending:
        case Ending.CANCELLED_AT_ONCE:
            await _cancel(services, order_id, customer)
        case Ending.CANCELLED_LATER | Ending.CANCELLED_BY_CLERK:
            await services.wait_until_idle()
            services.clock.advance(_THINKING)
            clerk = Principal(user_id=CLERK.id, scopes=frozenset({orders.CANCEL_SCOPE}))
            await _cancel(services, order_id, customer if past.ending is Ending.CANCELLED_LATER else clerk)
        case Ending.STOCK_LATE:
            services.clock.advance(_LATE)
            await orders.resolve_overdue_orders(services.transactions("orders"))
        case Ending.DECLINED_AND_REPEATED:
            await services.wait_until_idle()
            services.clock.advance(_BROWSING)
            await _place_order(services, past.customer, cart_id, GOOD_TOKEN)
    await _finish(services, order_id)


async def _fill_cart(services: SeededServices, past: PastOrder, variants: Mapping[str, str]) -> str:
    async with services.transactions("carts").begin(Caller(Principal(user_id=past.customer.id))) as unit:
        started = await carts.create_cart(unit, carts.CreateCart(currency=_CURRENCY))
        cart_id = Id(started.cart.id)
        await unit.session.flush()
        for sku, quantity in past.lines:
            command = carts.AddCartLine(cart_id=cart_id, variant_id=Id(variants[sku]), quantity=quantity)
            await carts.add_cart_line(unit, command)
    await services.deliver()
    return cart_id


async def _place_order(services: SeededServices, customer: DemoUser, cart_id: str, token: str) -> str:
    async with services.transactions("carts").database.read() as session:
        cart = await CartRepository(session).get_cart(cart_id)
    assert cart is not None, "it was filled before"
    caller = Caller(Principal(user_id=customer.id))
    async with services.transactions("payments").begin(caller) as unit:
        method = await payments.add_payment_method(unit, payments.AddPaymentMethod(token=token))
    command = orders.PlaceOrder(
        cart_id=Id(cart_id),
        expected_revision=cart.revision,
        shipping_address=address_of(customer),
        payment_method_id=Id(method.id),
    )
    async with services.transactions("orders").begin(caller) as unit:
        return (await orders.place_order(unit, command)).id


async def _cancel(services: SeededServices, order_id: str, principal: Principal) -> None:
    async with services.transactions("orders").begin(Caller(principal)) as unit:
        await orders.cancel_order(unit, orders.CancelOrder(order_id=Id(order_id)))


async def _finish(services: SeededServices, order_id: str) -> None:
    """Return when the order is confirmed or cancelled; an unavailable payment provider is retried in between."""
    await services.wait_until_idle()
    for _ in range(_MAX_RETRIES):
        async with services.transactions("orders").database.read() as session:
            order = await OrderRepository(session).get_order(order_id)
        if order is not None and order.status not in (OrderStatus.PENDING, OrderStatus.CANCELLING):
            return
        await services.wait(_RETRY)
    raise TimeoutError(f"Order {order_id} of the demo data stays pending.")


async def _find_variants(services: SeededServices, plan: list[PastOrder]) -> dict[str, str]:
    skus = sorted({sku for order in plan for sku, _ in order.lines})
    async with services.transactions("catalog").database.read() as session:
        rows = await CatalogRepository(session).list_variants_by_skus(skus)
    return {row.sku: row.id for row in rows}


async def _count_orders(services: SeededServices, customer: DemoUser) -> int:
    async with services.transactions("orders").database.read() as session:
        return await list_orders(customer_id=customer.id).count(session, at_most=100) or 0
