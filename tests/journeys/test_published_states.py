"""Every domain publishes its aggregates: what others read of them is what the domain itself stores, but no person."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from entrepot.shared.events.contracts.accounts import UserChanged
from entrepot.shared.events.contracts.catalog import ProductChanged
from entrepot.shared.events.contracts.inventory import StockChanged
from entrepot.shared.events.contracts.orders import OrderChanged
from entrepot.shared.events.contracts.payments import PaymentChanged
from entrepot.shared.events.event import Event, known_contracts, read_envelope
from entrepot.shared.events.snapshots.backfilling import Backfilling
from entrepot.shared.events.tables import OUTBOX, PUBLISHED_STATE, STATE_BACKFILLS
from entrepot.subgraphs.accounts.models import RoleGrant, User
from entrepot.subgraphs.catalog.models import Product, ProductImage, Variant
from entrepot.subgraphs.inventory.models import KnownVariant, Stock
from entrepot.subgraphs.orders.models import Order, OrderLine, OrderStatusChange
from entrepot.subgraphs.payments.models import Payment
from entrepot.subgraphs.payments.states import PaymentStatus
from entrepot.subgraphs.registry import SUBGRAPHS, load
from tests.support.buying import fill_cart, find_variant, place_order, register
from tests.support.mesh import Shop, open_shop

_EMAIL = "grace.hopper@states.example"
_FAR = 60.0


async def test_what_is_published_is_what_is_stored(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await trade(shop)
        await check_all(shop)
        await forget(shop)
        for process in shop.running.processes.values():
            backfilling = Backfilling(process.subgraph.state_sources)
            while await backfilling.run(process.transactions):
                pass
        await check_all(shop)


async def check_all(shop: Shop) -> None:
    await check_users(shop)
    await check_products(shop)
    await check_stock(shop)
    await check_orders(shop)
    await check_payments(shop)
    await check_that_nobody_is_named(shop)


async def forget(shop: Shop) -> None:
    """As a shop whose tables are older than the contracts."""
    for process in shop.running.processes.values():
        async with process.transactions.begin() as unit:
            for table in (PUBLISHED_STATE, STATE_BACKFILLS):
                await unit.session.execute(delete(table))


async def trade(shop: Shop) -> None:
    customer = await register(shop.client, _EMAIL)
    variant = await find_variant(customer, "PRESS-DOCK-1L")
    for quantity in (1, 2):
        await place_order(customer, await fill_cart(customer, variant["id"], quantity))
    async with asyncio.timeout(_FAR):
        while any(order.status == "PENDING" for order in await rows_of(shop, "orders", Order)):
            await asyncio.sleep(0.05)
    await shop.running.wait_until_idle()


async def rows_of(shop: Shop, name: str, model: Any) -> list[Any]:
    async with shop.running.processes[name].database.read() as session:
        return list((await session.scalars(select(model))).all())


async def states_of(shop: Shop, contract: type[Event]) -> dict[str, Any]:
    name = contract.TYPE.partition(".")[0]
    async with shop.running.processes[name].database.read() as session:
        query = select(PUBLISHED_STATE.c.envelope).where(PUBLISHED_STATE.c.type == contract.TYPE)
        events = [read_envelope(envelope.encode()).open() for envelope in await session.scalars(query)]
    return {event.subject: event for event in events}


async def check_users(shop: Shop) -> None:
    users, grants = await rows_of(shop, "accounts", User), await rows_of(shop, "accounts", RoleGrant)
    states = await states_of(shop, UserChanged)
    assert len(users) > 1
    assert {
        user.id: (tuple(sorted(grant.role for grant in grants if grant.user_id == user.id)), user.created_at)
        for user in users
    } == {key: (tuple(sorted(state.roles)), state.registered_at) for key, state in states.items()}


async def check_products(shop: Shop) -> None:
    products = await rows_of(shop, "catalog", Product)
    images, variants = await rows_of(shop, "catalog", ProductImage), await rows_of(shop, "catalog", Variant)
    states = await states_of(shop, ProductChanged)
    assert products
    assert states.keys() == {product.id for product in products}
    for product in products:
        state = states[product.id]
        assert (state.title, state.slug, state.status) == (product.name, product.slug, product.status)
        own = sorted((image.position, image.url) for image in images if image.product_id == product.id)
        assert list(state.image_urls) == [url for _, url in own]
        assert set(state.variant_ids) == {variant.id for variant in variants if variant.product_id == product.id}


async def check_stock(shop: Shop) -> None:
    stock, known = await rows_of(shop, "inventory", Stock), await rows_of(shop, "inventory", KnownVariant)
    states = await states_of(shop, StockChanged)
    assert states
    for variant in known:
        available = sum(row.available for row in stock if row.variant_id == variant.id)
        state = states[variant.id]
        assert (state.available, state.revision) == (available, variant.stock_revision)


async def check_orders(shop: Shop) -> None:
    orders, lines = await rows_of(shop, "orders", Order), await rows_of(shop, "orders", OrderLine)
    history = await rows_of(shop, "orders", OrderStatusChange)
    states = await states_of(shop, OrderChanged)
    assert len(orders) == 2
    assert states.keys() == {order.id for order in orders}
    for order in orders:
        state = states[order.id]
        for field in ("number", "customer_id", "cart_id", "channel", "currency", "status", "payment_status"):
            assert getattr(state, field) == getattr(order, field)
        assert (state.fulfilment_status, state.total_minor_units) == (order.fulfilment_status, order.total_minor_units)
        own = {line.id: (line.sku, line.quantity, line.unit_minor_units) for line in lines if line.order_id == order.id}
        assert {line.line_id: (line.sku, line.quantity, line.unit_minor_units) for line in state.lines} == own
        assert state.ships_to.country_code == order.shipping_address["country_code"]
    # Each status was published, not only the last, and a number that came after all of them.
    async with shop.running.processes["orders"].database.read() as session:
        rows = await session.execute(select(OUTBOX.c.subject).where(OUTBOX.c.type == OrderChanged.TYPE))
        published = Counter(row.subject for row in rows)
    recorded = Counter(change.order_id for change in history)
    assert recorded.keys() == published.keys()
    assert all(published[key] - count in (0, 1) for key, count in recorded.items())


async def check_payments(shop: Shop) -> None:
    payments = await rows_of(shop, "payments", Payment)
    states = await states_of(shop, PaymentChanged)
    assert len(payments) == 2
    assert {(row.id, row.reference_id, row.minor_units, row.currency, row.status) for row in payments} == {
        (key, state.reference.id, state.minor_units, state.currency, state.status) for key, state in states.items()
    }
    assert {state.status for state in states.values()} == {PaymentStatus.AUTHORIZED}


async def check_that_nobody_is_named(shop: Shop) -> None:
    (user,) = [user for user in await rows_of(shop, "accounts", User) if user.email == _EMAIL]
    (order, _) = await rows_of(shop, "orders", Order)
    address = order.shipping_address
    personal = [f'"{value}"' for value in (_EMAIL, user.name, address["name"], address["line1"])]
    assert '""' not in personal
    for name in SUBGRAPHS:
        async with shop.running.processes[name].database.read() as session:
            for envelope in await session.scalars(select(PUBLISHED_STATE.c.envelope)):
                assert not [value for value in personal if value in envelope]


def test_every_domain_offers_snapshots() -> None:
    assert {name: load(name).snapshots for name in SUBGRAPHS} == {
        "accounts": ("accounts.user.changed",),
        "carts": ("carts.cart.changed",),
        "catalog": ("catalog.product.changed", "catalog.variant.changed"),
        "inventory": ("inventory.stock.changed",),
        "orders": ("orders.order.changed",),
        "payments": ("payments.payment.changed",),
    }
    assert all("revision" in each.__annotations__ for each in known_contracts() if each.IS_FULL_STATE)
