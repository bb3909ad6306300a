"""Carts that ended are forgotten after a while."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text

from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.events.contracts.carts import CartChanged
from entrepot.subgraphs.orders.pruning import prune_cart_snapshots
from tests.support.subgraphs import SubgraphUnderTest, open_subgraph

ENDED = ("MERGED", "EXPIRED", "ABANDONED", "CONVERTED")
DAY = 24 * 3600.0


@pytest.fixture
async def orders(tmp_path: Path, database_url: str | None) -> AsyncIterator[SubgraphUnderTest]:
    async with open_subgraph("orders", tmp_path, url=database_url) as subgraph:
        yield subgraph


def changed(cart_id: str, status: str, revision: int = 1) -> CartChanged:
    return CartChanged(
        cart_id=cart_id, revision=revision, status=status, owner_id="u", channel="default", currency="EUR", lines=()
    )


async def known(orders: SubgraphUnderTest) -> Sequence[str]:
    async with orders.process.database.read() as session:
        return (await session.scalars(text("SELECT cart_id FROM cart_snapshots ORDER BY cart_id"))).all()


async def prune(orders: SubgraphUnderTest) -> None:
    while await prune_cart_snapshots(orders.transactions):
        pass


async def test_carts_that_ended_are_forgotten_and_others_are_not(orders: SubgraphUnderTest) -> None:
    statuses = ("ACTIVE", "CONVERTING", *ENDED)
    await orders.receive(*(changed(f"crt_{status}", status) for status in statuses))
    orders.clock.advance(89.9 * DAY)
    await orders.receive(changed("crt_LATE", "CONVERTED"))
    await prune(orders)
    assert len(await known(orders)) == 7
    orders.clock.advance(0.2 * DAY)
    await prune(orders)
    assert await known(orders) == ["crt_ACTIVE", "crt_CONVERTING", "crt_LATE"]
    orders.clock.advance(400 * DAY)
    await prune(orders)
    assert await known(orders) == ["crt_ACTIVE", "crt_CONVERTING"]


async def test_a_cart_known_before_its_time_was_kept_counts_as_new(orders: SubgraphUnderTest) -> None:
    await orders.receive(changed("crt_1", "EXPIRED"))
    async with orders.transactions.begin() as unit:
        await unit.session.execute(text("UPDATE cart_snapshots SET changed_at = NULL"))
    orders.clock.advance(100 * DAY)
    await prune(orders)
    orders.clock.advance(89.9 * DAY)
    await prune(orders)
    assert await known(orders) == ["crt_1"]
    orders.clock.advance(0.2 * DAY)
    await prune(orders)
    assert await known(orders) == []


async def test_a_cart_outlives_the_events_about_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="at least 30"):
        async with open_subgraph("orders", tmp_path, environ={"ENTREPOT_ORDERS_ENDED_CART_DAYS": "29"}):
            pass
