"""What holds over all data of all databases, whatever happened before."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from entrepot.shared.db import Database
from tests.support.mesh import RunningShop

STOCK_MATCHES_LEDGER = """
SELECT stock.variant_id, stock.on_hand, stock.reserved FROM stock
WHERE on_hand <> (SELECT COALESCE(SUM(on_hand_delta), 0) FROM stock_movements AS moved
                  WHERE moved.variant_id = stock.variant_id AND moved.location_id = stock.location_id)
   OR reserved <> (SELECT COALESCE(SUM(reserved_delta), 0) FROM stock_movements AS moved
                   WHERE moved.variant_id = stock.variant_id AND moved.location_id = stock.location_id)
   OR reserved < 0 OR on_hand < reserved
"""
RESERVED_MATCHES_RESERVATIONS = """
SELECT stock.variant_id, stock.reserved FROM stock
WHERE reserved <> (
    SELECT COALESCE(SUM(kept.quantity), 0) FROM reservation_lines AS kept
    JOIN reservations ON reservations.id = kept.reservation_id
    WHERE kept.variant_id = stock.variant_id AND kept.location_id = stock.location_id
      AND reservations.status IN ('HELD', 'COMMITTED'))
"""
MONEY_SUMS_TO_ZERO = "SELECT transaction_id FROM ledger_entries GROUP BY transaction_id HAVING SUM(minor_units) <> 0"
UNDELIVERED = "SELECT id, type FROM outbox WHERE delivered_at IS NULL AND dead_reason IS NULL"
REFUSED = "SELECT id, type, dead_reason FROM outbox WHERE dead_reason IS NOT NULL AND dropped_at IS NULL"
BURIED = "SELECT event_id, handler, reason FROM dead_letters WHERE dropped_at IS NULL"
UNFINISHED = "SELECT name, key, status, step FROM sagas WHERE status NOT IN ('COMPLETED', 'FAILED')"


CARTS_ANNOUNCED = "SELECT envelope FROM outbox WHERE type = 'carts.cart.changed' ORDER BY position"
SHOWN_LINES = "SELECT cart_id, id, quantity, quoted FROM cart_lines ORDER BY id"
RESERVATIONS = "SELECT order_id, status FROM reservations WHERE reference_type = 'Order'"
PAYMENTS = "SELECT order_id, status, minor_units, idempotency_key FROM payments WHERE reference_type = 'Order'"
TOKENS_LEFT = """SELECT id FROM payments
WHERE payment_token IS NOT NULL AND status NOT IN ('CREATED', 'PROCESSING', 'REQUIRES_ACTION')"""
REVISIONS = "SELECT type, subject, envelope FROM outbox"


async def check_invariants(shop: RunningShop) -> None:
    """Assert them all, when everything announced has been dealt with: also what jobs announce of their own accord."""
    async with asyncio.timeout(10):
        while any([await rows(process.database, UNDELIVERED) for process in shop.processes.values()]):
            await asyncio.sleep(0.02)
    for name, process in shop.processes.items():
        for query in (REFUSED, BURIED, UNFINISHED):
            found = await rows(process.database, query)
            assert found == [], (name, found)
    inventory, payments = shop.processes["inventory"].database, shop.processes["payments"].database
    assert await rows(inventory, STOCK_MATCHES_LEDGER) == []
    assert await rows(inventory, RESERVED_MATCHES_RESERVATIONS) == []
    assert await rows(payments, MONEY_SUMS_TO_ZERO) == []
    assert await rows(payments, TOKENS_LEFT) == []
    await check_orders(shop)
    await check_revisions(shop)
    await check_carts(shop)


async def check_revisions(shop: RunningShop) -> None:
    """No revision of anything was announced with two contents: readers keep the first that they hear of."""
    for process in shop.processes.values():
        known: dict[tuple[str, str, int], Any] = {}
        for type_, subject, envelope in await rows(process.database, REVISIONS):
            data = json.loads(envelope)["data"]
            if "revision" in data:
                assert known.setdefault((type_, subject, data["revision"]), data) == data


async def check_carts(shop: RunningShop) -> None:
    """Every cart shows what its revision was announced with, and what `placeOrder` knows of that revision."""
    carts = shop.processes["carts"].database
    lines: dict[str, list[Any]] = defaultdict(list)
    for cart_id, line_id, quantity, quoted in await rows(carts, SHOWN_LINES):
        facts = json.loads(quoted) if isinstance(quoted, str) else quoted
        lines[cart_id].append((line_id, quantity, facts["sku"], facts["minor_units"] or 0))
    announced = {}
    for envelope, *_ in await rows(carts, CARTS_ANNOUNCED):
        event = json.loads(envelope)["data"]
        announced[event["cart_id"]] = event
    for cart_id, revision, status in await rows(carts, "SELECT id, revision, status FROM carts"):
        event = announced[cart_id]
        assert (event["revision"], event["status"]) == (revision, status), cart_id
        assert [
            (line["line_id"], line["quantity"], line["sku"], line["unit_minor_units"]) for line in event["lines"]
        ] == lines[cart_id], cart_id
    revisions = {cart_id: event["revision"] for cart_id, event in announced.items()}
    orders = shop.processes["orders"].database
    async with asyncio.timeout(10):  # What was sent last may be on its way.
        while dict(await rows(orders, "SELECT cart_id, revision FROM cart_snapshots")) != revisions:
            await asyncio.sleep(0.02)


async def check_orders(shop: RunningShop) -> None:
    """Every order agrees with its reservations, its payments and the provider's books."""
    orders = await rows(shop.processes["orders"].database, "SELECT id, status, total_minor_units FROM orders")
    reservations, payments = defaultdict(list), defaultdict(list)
    for order_id, status in await rows(shop.processes["inventory"].database, RESERVATIONS):
        reservations[order_id].append(status)
    for order_id, *payment in await rows(shop.processes["payments"].database, PAYMENTS):
        payments[order_id].append(payment)
    set_aside = dict(shop.processes["payments"].dependencies.provider.read_open())
    assert set(payments) | set(reservations) <= {order_id for order_id, *_ in orders}
    for order_id, status, total in orders:
        held, paid = reservations[order_id], payments[order_id]
        open_at_provider = [set_aside.pop(key, None) is not None for *_, key in paid]
        if status == "CONFIRMED":
            assert held == ["COMMITTED"], order_id
            assert {payment for payment, *_ in paid} <= {"AUTHORIZED"}, order_id
            assert sum(amount for _, amount, _ in paid) == total, order_id
            assert all(open_at_provider), order_id
        else:
            assert status == "CANCELLED", order_id
            assert not {"HELD", "COMMITTED"}.intersection(held), order_id
            assert {payment for payment, *_ in paid} <= {"FAILED", "CANCELLED", "VOIDED"}, order_id
            assert not any(open_at_provider), order_id
    assert set_aside == {}


async def rows(database: Database, query: str) -> Sequence[Any]:
    async with database.read() as session:
        return [tuple(row) for row in (await session.execute(text(query))).all()]
