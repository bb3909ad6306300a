"""Order numbers: given after the placement, in its order, without gaps, to committed orders alone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from entrepot.shared.auth import Caller
from entrepot.shared.events.contracts.inventory import ReservationHeld
from entrepot.shared.scalars import Id
from entrepot.subgraphs.orders import service
from entrepot.subgraphs.orders.models import Order
from entrepot.subgraphs.orders.service import NUMBER_JOB, number_orders
from tests.subgraphs.orders.test_placement import ADA, EVE, cart_changed, place, placed, read_numbers
from tests.support.postgres import DatabasesOfTests
from tests.support.saga_replies import reply
from tests.support.subgraphs import STAFF, SubgraphUnderTest, open_subgraph

BY_NUMBER = "query ($number: String!) { orderByNumber(number: $number) { id number } }"
FOLLOW = """subscription ($id: ID!, $after: Int) {
  orderStatusChanged(orderId: $id, after: $after) { position status order { number } } }"""
CLIENTS = 16


@pytest.fixture
async def orders(tmp_path: Path, database_url: str | None) -> AsyncIterator[SubgraphUnderTest]:
    async with open_subgraph(
        "orders", tmp_path, environ={"ENTREPOT_ORDERS_CART_WAIT": "0"}, url=database_url
    ) as subgraph:
        yield subgraph


class TestOneOrder:
    async def test_placing_wakes_the_job(self, orders: SubgraphUnderTest) -> None:
        async with orders.fan_out.listen(f"job:{NUMBER_JOB}") as listener:
            await placed(orders)
            await asyncio.wait_for(listener.wait(), 1)
        assert await read_numbers(orders) == [None]
        assert await number_orders(orders.transactions) == 1
        assert await number_orders(orders.transactions) == 0
        assert await read_numbers(orders) == ["EP-100001"]

    async def test_it_is_found_by_its_number_once_it_has_one(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        assert await self.find(orders, ADA, "EP-100001") is None
        await number_orders(orders.transactions)
        for principal in (ADA, STAFF):
            assert await self.find(orders, principal, " ep-100001") == {"id": order_id, "number": "EP-100001"}
        assert await self.find(orders, EVE, "EP-100001") is None
        assert await self.find(orders, ADA, "EP-100002") is None

    async def find(self, orders: SubgraphUnderTest, principal: Any, number: str) -> Any:
        return (await orders.execute(BY_NUMBER, principal, number=number))["data"]["orderByNumber"]

    @pytest.mark.parametrize("after", [None, 0])
    async def test_the_status_stream_reports_it(self, orders: SubgraphUnderTest, after: int | None) -> None:
        order_id = await placed(orders)
        changes = await self.follow(orders, order_id, after)
        upcoming = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0.05)
        assert not upcoming.done()
        await number_orders(orders.transactions)
        assert await asyncio.wait_for(upcoming, 10) == (1, "PENDING", "EP-100001")
        # Nothing is repeated for who resumes.
        await reply(orders, order_id, ReservationHeld)
        assert await asyncio.wait_for(anext(changes), 10) == (2, "PENDING", "EP-100001")
        resumed = await self.follow(orders, order_id, 1)
        assert await asyncio.wait_for(anext(resumed), 10) == (2, "PENDING", "EP-100001")

    async def test_a_late_number_is_reported_with_the_latest_change_again(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        orders.clock.advance(3)
        changes = await self.follow(orders, order_id, 0)
        assert await asyncio.wait_for(anext(changes), 10) == (1, "PENDING", None)
        upcoming = asyncio.ensure_future(anext(changes))
        await number_orders(orders.transactions)
        assert await asyncio.wait_for(upcoming, 10) == (1, "PENDING", "EP-100001")
        # Who lost the connection before that still gets it.
        resumed = await self.follow(orders, order_id, 1)
        assert await asyncio.wait_for(anext(resumed), 10) == (1, "PENDING", "EP-100001")

    async def follow(
        self, orders: SubgraphUnderTest, order_id: str, after: int | None
    ) -> AsyncIterator[tuple[int, str, str | None]]:
        results: Any = await orders.process.subgraph.schema.subscribe(
            FOLLOW, variable_values={"id": order_id, "after": after}, context_value=orders.context(ADA)
        )

        async def read() -> AsyncIterator[tuple[int, str, str | None]]:
            async for result in results:
                change = result.data["orderStatusChanged"]
                yield change["position"], change["status"], change["order"]["number"]

        return read()


async def flush_and_fail(unit: service.Unit) -> None:
    await unit.session.flush()
    raise RolledBack


class RolledBack(Exception):
    """The placement fails after all its statements."""


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.long)])
async def test_many_clients_at_once_leave_no_gap(tmp_path: Path, databases: DatabasesOfTests, count: int) -> None:
    """On PostgreSQL, with some placements rolled back, and two workers that number the orders meanwhile."""
    url, chance = await databases.lend("orders"), random.Random(count)
    async with open_subgraph("orders", tmp_path, environ={"ENTREPOT_ORDERS_CART_WAIT": "0"}, url=url) as orders:
        for start in range(0, count, 500):
            await orders.receive_together(
                *(cart_changed(cart_id=f"crt_{number}") for number in range(start, min(start + 500, count)))
            )
        carts: Iterator[int] = iter(range(count))
        rolled_back = set(chance.sample(range(count), count // 10))
        is_placing = True

        async def place_some() -> None:
            for number in carts:
                try:
                    async with orders.transactions.begin(Caller(ADA)) as unit:
                        await service.place_order(unit, place_command(f"crt_{number}"))
                        if number in rolled_back:
                            await flush_and_fail(unit)
                except RolledBack:
                    pass

        async def number_some() -> None:
            while is_placing:
                await number_orders(orders.transactions)
                await asyncio.sleep(0.01)

        numbering = [asyncio.create_task(number_some()) for _ in range(2)]
        await asyncio.gather(*(place_some() for _ in range(CLIENTS)))
        is_placing = False
        await asyncio.gather(*numbering)
        await orders.run_jobs()
        async with orders.process.database.read() as session:
            rows = (await session.execute(select(Order.number, Order.cart_id))).all()
    assert {row.cart_id for row in rows} == {f"crt_{number}" for number in set(range(count)) - rolled_back}
    assert sorted(str(row.number) for row in rows) == [f"EP-{100_001 + place}" for place in range(len(rows))]


async def test_a_batch_is_numbered_in_the_order_of_placement(orders: SubgraphUnderTest) -> None:
    for number in range(5):
        await orders.receive(cart_changed(cart_id=f"crt_{number}"))
        await place(orders, cartId=f"crt_{number}", idempotencyKey=str(number))
        orders.clock.advance(1)
    await orders.run_jobs()
    assert await read_numbers(orders) == [f"EP-{100_001 + place}" for place in range(5)]


def place_command(cart_id: str) -> service.PlaceOrder:
    return service.PlaceOrder(
        cart_id=Id(cart_id),
        expected_revision=1,
        payment_method_id=Id("pmt_1"),
        shipping_address=service.Address(name="Ada", line1="1 Quay", city="Hamburg", country_code="DE"),
    )
