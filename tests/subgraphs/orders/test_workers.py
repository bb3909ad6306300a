"""Several workers of orders: replies to many sagas, in groups that cross, move each order once and never deadlock."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from entrepot.shared.events import Event
from entrepot.shared.events.contracts.inventory import ReservationCommitted, ReservationHeld, ReservationReleased
from entrepot.shared.events.contracts.orders import OrderCancelled, OrderConfirmed
from entrepot.shared.events.contracts.payments import PaymentAuthorized, PaymentDeclined
from entrepot.subgraphs.orders.models import Order
from tests.subgraphs.orders.test_placement import cart_changed, place
from tests.support.postgres import DatabasesOfTests
from tests.support.saga_replies import build_reply
from tests.support.subgraphs import SubgraphUnderTest, open_subgraph
from tests.support.worker_groups import build_workers, count_deadlocks, deal

ORDERS = 40
DECLINED_EVERY = 5


@pytest.fixture
async def orders(tmp_path: Path, databases: DatabasesOfTests) -> AsyncIterator[SubgraphUnderTest]:
    environ = {"ENTREPOT_ORDERS_CART_WAIT": "0"}
    async with open_subgraph("orders", tmp_path, environ=environ, url=await databases.lend("orders")) as subgraph:
        yield subgraph


@pytest.mark.parametrize("count", [2, 4])
async def test_replies_in_groups_that_cross_move_each_order_once(orders: SubgraphUnderTest, count: int) -> None:
    chance, workers = random.Random(count), build_workers(orders, count)
    await orders.receive(*(cart_changed(cart_id=f"crt_{number}") for number in range(ORDERS)))
    placed = [
        (await place(orders, cartId=f"crt_{number}", idempotencyKey=str(number)))["order"]["id"]
        for number in range(ORDERS)
    ]
    declined = set(placed[::DECLINED_EVERY])
    before = await count_deadlocks(orders)

    async def answer(kind: type[Event], wanted: list[str], **facts: str) -> None:
        """The replies, some of them twice, shuffled, to all workers at once."""
        replies = [await build_reply(orders, order_id, kind, **facts) for order_id in wanted]
        replies += chance.sample(replies, len(replies) // 4)
        chance.shuffle(replies)
        await deal(workers, replies)

    with capture_logs() as logs:
        await answer(ReservationHeld, placed)
        await answer(PaymentAuthorized, [each for each in placed if each not in declined])
        await answer(PaymentDeclined, sorted(declined), reason="CARD_DECLINED")
        await answer(ReservationCommitted, [each for each in placed if each not in declined])
        await answer(ReservationReleased, sorted(declined))
    assert [line for line in logs if line["event"] in {"consumer.handler_failed", "consumer.dead_lettered"}] == []
    assert await count_deadlocks(orders) == before
    async with orders.process.database.read() as session:
        found = {row.id: row.status for row in (await session.execute(select(Order.id, Order.status))).all()}
    assert found == {each: "CANCELLED" if each in declined else "CONFIRMED" for each in placed}
    ends = Counter(type(event) for event in await orders.published())
    assert (ends[OrderConfirmed], ends[OrderCancelled]) == (ORDERS - len(declined), len(declined))
