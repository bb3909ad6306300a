"""Carts that ended are deleted after a while, and nothing of them is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from entrepot.shared.auth import ANONYMOUS
from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.events.contracts.orders import OrderCancelled, OrderConfirmed, OrderedVariant, OrderPlaced
from entrepot.subgraphs.carts.repository import CartRepository, PruningRepository
from entrepot.subgraphs.carts.service import prune_carts
from entrepot.subgraphs.carts.service.unit import CARTS, announce
from entrepot.subgraphs.carts.states import CartStatus
from tests.support.subgraphs import customer, open_subgraph

ME, STAFF = customer(1), customer(9, "carts:read")
DAY = 24 * 3600.0


async def count(carts: Any) -> dict[str, int]:
    """The rows that there are of carts."""
    queries = {
        "carts": "SELECT count(*) FROM carts",
        "lines": "SELECT count(*) FROM cart_lines",
        "conversions": "SELECT count(*) FROM conversions",
        "events": "SELECT count(*) FROM outbox WHERE type = 'carts.cart.changed'",
    }
    async with carts.subgraph.process.database.read() as session:
        return {name: await session.scalar(text(query)) for name, query in queries.items()}


async def order(carts: Any, cart_id: str, order_id: str = "ord_1") -> None:
    facts = {"order_id": order_id, "customer_id": str(ME.user_id), "cart_id": cart_id}
    lines = (OrderedVariant(variant_id="var_1", quantity=1),)
    await carts.subgraph.receive(OrderPlaced(**facts), OrderConfirmed(**facts, lines=lines))


async def end_one_of_each(carts: Any) -> dict[str, str]:
    """A cart in every final status, by that, and an active one."""
    await carts.list_variant(1, 500)
    abandoned = await carts.start(customer(5))
    carts.subgraph.clock.advance(366 * DAY)
    await carts.subgraph.run_jobs()
    guest, kept = await carts.create(ANONYMOUS), await carts.create(ANONYMOUS)
    expired = await carts.start(ANONYMOUS)
    merged = await carts.start(ME)
    for cart_id in (abandoned, merged):
        await carts.add(cart_id, "var_1", 1, ME)
    target = await carts.claim(guest["cart"]["id"], guest["guestToken"], ME)
    ordered = target["cart"]["id"]
    await order(carts, ordered)
    async with carts.subgraph.transactions.begin() as unit:
        cart = await CartRepository(unit.session).lock_active_cart(expired)
        assert cart is not None
        await CARTS.move(unit, cart, CartStatus.EXPIRED)
        await announce(unit, cart)
    await carts.changes()
    return {
        "ABANDONED": abandoned,
        "EXPIRED": expired,
        "MERGED": merged,
        "CONVERTED": ordered,
        "ACTIVE": kept["cart"]["id"],
    }


async def test_what_ended_is_deleted_with_all_that_belongs_to_it(carts: Any) -> None:
    ids = await end_one_of_each(carts)
    for status, cart_id in ids.items():
        assert (await carts.read(cart_id, STAFF))["status"] == status
    carts.subgraph.clock.advance(29 * DAY)
    carts.subgraph.clock.advance(0)
    before = await count(carts)
    assert before["carts"] == 5
    carts.subgraph.clock.advance(61.5 * DAY)
    assert await prune_carts(carts.subgraph.transactions) > 0
    while await prune_carts(carts.subgraph.transactions):
        pass
    assert [status for status, cart_id in ids.items() if await carts.read(cart_id, STAFF)] == ["ACTIVE"]
    assert await count(carts) == {"carts": 1, "lines": 0, "conversions": 0, "events": 1}


async def test_what_ended_a_while_ago_is_kept(carts: Any) -> None:
    await carts.list_variant(1, 500)
    cart_id = await carts.start(ME)
    await carts.add(cart_id, "var_1", 1, ME)
    await order(carts, cart_id)
    carts.subgraph.clock.advance(89.9 * DAY)
    assert await prune_carts(carts.subgraph.transactions) == 0
    assert (await carts.read(cart_id))["status"] == "CONVERTED"
    carts.subgraph.clock.advance(0.2 * DAY)
    assert await prune_carts(carts.subgraph.transactions) == 2


async def test_an_event_that_is_still_to_be_sent_is_kept(carts: Any) -> None:
    cart_id = await carts.start(ME)
    await order(carts, cart_id)
    carts.subgraph.clock.advance(91 * DAY)
    assert await prune_carts(carts.subgraph.transactions) == 2
    assert [event.status for event in await carts.changes()] == ["ACTIVE", "CONVERTING", "CONVERTED"]


async def test_a_cart_that_others_are_part_of_goes_after_them(carts: Any) -> None:
    first, second = await carts.create(ANONYMOUS), await carts.create(ANONYMOUS)
    for made in (first, second):
        await carts.claim(made["cart"]["id"], made["guestToken"], ME)
    await order(carts, second["cart"]["id"])
    carts.subgraph.clock.advance(91 * DAY)
    now = carts.subgraph.clock.now()
    async with carts.subgraph.transactions.begin() as unit:
        repository = PruningRepository(unit.session)
        assert await repository.lock_ended_cart_ids(CartStatus.CONVERTED, before=now, limit=9) == []
        assert await repository.lock_ended_cart_ids(CartStatus.MERGED, before=now, limit=9) == [first["cart"]["id"]]
    assert await prune_carts(carts.subgraph.transactions) == 3


async def test_an_order_that_comes_again_finds_no_cart_and_changes_nothing(carts: Any) -> None:
    cart_id = await carts.start(ME)
    await order(carts, cart_id)
    carts.subgraph.clock.advance(91 * DAY)
    await prune_carts(carts.subgraph.transactions)
    await carts.changes()
    facts = {"order_id": "ord_1", "customer_id": str(ME.user_id), "cart_id": cart_id}
    await carts.subgraph.receive(OrderPlaced(**facts), OrderCancelled(**facts, reason="REQUESTED"))
    assert await carts.changes() == []


async def test_goes_by_batches(tmp_path: Path, carts_on: Any) -> None:
    async with open_subgraph("carts", tmp_path, environ={"ENTREPOT_CARTS_BATCH_SIZE": "3"}) as subgraph:
        carts = carts_on(subgraph)
        for number in range(7):
            await order(carts, await carts.start(ME), f"ord_{number}")
        subgraph.clock.advance(91 * DAY)
        assert [await prune_carts(subgraph.transactions) for _ in range(4)] == [6, 6, 2, 0]


async def test_carts_outlive_the_events_about_them(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="at least 30"):
        async with open_subgraph("carts", tmp_path, environ={"ENTREPOT_CARTS_ENDED_DAYS": "29"}):
            pass


async def test_the_carts_to_delete_are_found_by_an_index(carts_on_postgres: Any) -> None:
    carts = carts_on_postgres
    query = """EXPLAIN SELECT id FROM carts WHERE status = 'EXPIRED' AND updated_at <= now() - INTERVAL '4800 minutes'
      AND NOT EXISTS (SELECT * FROM carts AS source WHERE source.merged_into_id = carts.id)
      ORDER BY updated_at LIMIT 500 FOR UPDATE OF carts SKIP LOCKED"""
    async with carts.subgraph.process.database.write() as session:
        await session.execute(
            text(
                "INSERT INTO carts (id, guest_token_hash, status, channel, currency, revision, last_used_at, "
                "created_at, updated_at) SELECT 'crt_' || n, 'x', 'EXPIRED', 'default', 'EUR', 1, now(), now(), "
                "now() - n * INTERVAL '1 minute' FROM generate_series(1, 5000) AS n"
            )
        )
        await session.execute(text("ANALYZE carts"))
        plan = "\n".join((await session.scalars(text(query))).all())
    assert "ix_carts_ended" in plan
