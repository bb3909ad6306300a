"""A change of a variant reaches all carts that hold it, by a number of statements that does not depend on theirs."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from entrepot.shared.db import insert_rows
from entrepot.shared.events.contracts.catalog import ListedPrice
from entrepot.subgraphs.carts.models import Cart, CartLine
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.carts.service import reprice_carts
from tests.support.subgraphs import customer, open_subgraph

STATEMENTS_A_BATCH = 10


async def fill(carts: Any, number: int, begin: int = 0) -> list[str]:
    """So many carts, each with two pieces of var_1 at 5.00 EUR, as if announced at revision 2."""
    now: datetime = carts.subgraph.clock.now()
    ids = [f"crt_{begin + place:06}" for place in range(number)]
    quoted = {
        "seller_id": "sel_1",
        "sku": "SKU-1",
        "product_name": "Cup",
        "variant_name": "Blue",
        "minor_units": 500,
        "problem": None,
    }
    moments = {"created_at": now, "updated_at": now}
    owned = [
        {"id": cart_id, "owner_id": str(customer(begin + place).user_id), "status": "ACTIVE", "channel": "default"}
        | {"currency": "EUR", "revision": 2, "last_used_at": now}
        | moments
        for place, cart_id in enumerate(ids)
    ]
    lines = [
        {"id": f"cln_{cart_id}", "cart_id": cart_id, "variant_id": "var_1", "quantity": 2}
        | {"announced_revision": carts.revisions["var_1"], "quoted": quoted}
        | moments
        for cart_id in ids
    ]
    async with carts.subgraph.transactions.begin() as unit:
        await insert_rows(unit.session, Cart.__table__, owned)
        await insert_rows(unit.session, CartLine.__table__, lines)
    return ids


async def count_statements(carts: Any) -> int:
    """The statements of one round of the job."""
    statements: list[str] = []
    stop = carts.subgraph.process.database.count_statements(statements.append)
    await reprice_carts(carts.subgraph.transactions)
    stop()
    return len([text for text in statements if text.split()[0] not in {"BEGIN", "COMMIT"}])


async def test_a_batch_costs_the_same_statements_for_50_and_500_carts(
    tmp_path: Path, database_url: str | None, carts_on: Any
) -> None:
    environ = {"ENTREPOT_CARTS_BATCH_SIZE": "1000"}
    async with open_subgraph("carts", tmp_path, environ=environ, url=database_url) as subgraph:
        carts = carts_on(subgraph)
        await carts.list_variant(1, 500)
        counts = []
        for number, price in ((50, 600), (450, 700)):
            await fill(carts, number, begin=len(counts) * 50)
            await carts.list_variant(1, price)
            counts.append(await count_statements(carts))
        assert counts[0] == counts[1] <= STATEMENTS_A_BATCH
        last = {event.cart_id: event for event in await carts.changes()}
        assert len(last) == 500
        assert {line.unit_minor_units for event in last.values() for line in event.lines} == {700}


async def test_a_change_that_no_cart_shows_costs_reading_and_one_update(carts: Any) -> None:
    await carts.list_variant(1, 500)
    ids = await fill(carts, 500)
    others = (ListedPrice("default", "EUR", 500), ListedPrice("default", "USD", 1))
    await carts.list_variant(1, prices=others)
    assert await count_statements(carts) <= STATEMENTS_A_BATCH - 3
    await carts.subgraph.run_jobs()
    assert await carts.changes() == []
    assert (await carts.read(ids[0], customer(0)))["revision"] == 2


async def test_several_workers_announce_each_cart_once(carts: Any) -> None:
    await carts.list_variant(1, 500)
    ids = await fill(carts, 1200)
    await carts.list_variant(1, 600)

    async def work() -> None:
        while await reprice_carts(carts.subgraph.transactions):
            pass

    await asyncio.gather(*(work() for _ in range(3)))
    await work()
    events = await carts.changes()
    assert sorted(event.cart_id for event in events) == ids
    assert {(event.revision, event.lines[0].unit_minor_units) for event in events} == {(3, 600)}


async def test_a_cart_that_is_being_changed_is_announced_later(carts_on_postgres: Any) -> None:
    carts = carts_on_postgres
    await carts.list_variant(1, 500)
    first, *_ = await fill(carts, 3)
    await carts.list_variant(1, 600)
    async with carts.subgraph.transactions.begin() as unit:
        assert await CartRepository(unit.session).lock_active_cart(first) is not None
        assert await reprice_carts(carts.subgraph.transactions) == 2
        assert await reprice_carts(carts.subgraph.transactions) == 0
    assert await reprice_carts(carts.subgraph.transactions) == 2  # The cart, and the variant that is done with.
    assert {event.cart_id: event.revision for event in await carts.changes()} == {
        f"crt_{number:06}": 3 for number in range(3)
    }


async def test_lines_are_written_as_the_mapping_reads_them(carts: Any) -> None:
    await carts.list_variant(1, 500)
    (cart_id,) = await fill(carts, 1)
    await carts.list_variant(1, 600, product_name='Cup "ö" \\ {}')
    await carts.subgraph.run_jobs()
    async with carts.subgraph.process.database.read() as session:
        line = await session.scalar(select(CartLine).where(CartLine.cart_id == cart_id))
        cart = await session.get(Cart, cart_id)
    assert (line.announced_revision, cart.revision, cart.updated_at) == (2, 3, carts.subgraph.clock.now())
    assert line.quoted == {
        "seller_id": "sel_1",
        "sku": "SKU-1",
        "product_name": 'Cup "ö" \\ {}',
        "variant_name": "Blue",
        "minor_units": 600,
        "problem": None,
    }


async def test_more_carts_than_a_batch(tmp_path: Path, carts_on: Any) -> None:
    async with open_subgraph("carts", tmp_path, environ={"ENTREPOT_CARTS_BATCH_SIZE": "4"}) as subgraph:
        carts = carts_on(subgraph)
        await carts.list_variant(1, 500)
        ids = await fill(carts, 10)
        await carts.list_variant(1, 600)
        assert [await reprice_carts(subgraph.transactions) for _ in range(4)] == [4, 4, 3, 0]
        assert sorted(event.cart_id for event in await carts.changes()) == ids
