"""Every mutation of orders six times at once: what comes out is what some order of them would give."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from entrepot.shared.events.contracts.inventory import ReleaseStock, ReservationReleased
from entrepot.shared.events.contracts.orders import OrderCancelled, OrderPlaced
from entrepot.shared.events.contracts.payments import PaymentVoided
from entrepot.subgraphs.orders.api.mutations import MUTATIONS
from entrepot.subgraphs.orders.service import number_orders
from tests.subgraphs.orders.test_placement import ADA, CANCEL, PLACE, cart_changed, kinds, place, read, read_numbers
from tests.support.saga_replies import confirm, reply
from tests.support.subgraphs import SubgraphUnderTest, open_subgraph

CALLS: Final = 6
Case = Callable[[SubgraphUnderTest], Awaitable[None]]


@pytest.fixture
async def orders(tmp_path: Path, database_url: str | None) -> AsyncIterator[SubgraphUnderTest]:
    environ = {"ENTREPOT_ORDERS_CART_WAIT": "0"}
    async with open_subgraph("orders", tmp_path, environ=environ, url=database_url) as subgraph:
        # An earlier order.
        await subgraph.receive(cart_changed(cart_id="crt_0"))
        assert (await place(subgraph, cartId="crt_0", idempotencyKey="earlier"))["errors"] == []
        await subgraph.published()
        yield subgraph


def count_codes(payloads: list[dict[str, Any]]) -> Counter[str]:
    """How often each outcome came: OK, or the code of the one refusal; every refusal is one that is declared."""
    assert all(error["__typename"] != "RefusedError" for payload in payloads for error in payload["errors"])
    return Counter("OK" if payload["order"] else payload["errors"][0]["code"] for payload in payloads)


async def place_with_the_same_key(orders: SubgraphUnderTest) -> None:
    await orders.receive(cart_changed())
    payloads = await asyncio.gather(*(place(orders) for _ in range(CALLS)))
    assert payloads[0]["errors"] == []
    assert payloads == [payloads[0]] * CALLS
    assert kinds(await orders.published()).count(OrderPlaced) == 1


async def place_one_cart_with_many_keys(orders: SubgraphUnderTest) -> None:
    await orders.receive(cart_changed())
    payloads = await asyncio.gather(*(place(orders, idempotencyKey=f"k{number}") for number in range(CALLS)))
    assert count_codes(payloads) == {"OK": 1, "CART_ALREADY_ORDERED": CALLS - 1}
    assert kinds(await orders.published()).count(OrderPlaced) == 1


async def place_many_carts_crossing(orders: SubgraphUnderTest) -> None:
    carts = [f"crt_{number}" for number in range(1, CALLS + 1)]
    await orders.receive(*(cart_changed(cart_id=cart) for cart in carts))
    payloads = await asyncio.gather(*(place(orders, cartId=cart, idempotencyKey=cart) for cart in carts + carts[::-1]))
    assert count_codes(payloads) == {"OK": 2 * CALLS}
    assert len({payload["order"]["id"] for payload in payloads}) == CALLS
    transactions = orders.transactions
    numbered = await asyncio.gather(*(number_orders(transactions) for _ in range(CALLS)))
    assert sum(numbered) == CALLS + 1
    assert await read_numbers(orders) == [f"EP-{100_001 + count}" for count in range(CALLS + 1)]


async def cancel_a_pending_order(orders: SubgraphUnderTest) -> None:
    await orders.receive(cart_changed())
    order_id = (await place(orders))["order"]["id"]
    await orders.published()
    payloads = await cancel_at_once(orders, order_id)
    assert count_codes(payloads) == {"OK": CALLS}
    assert kinds(await orders.published()) == [ReleaseStock]
    await reply(orders, order_id, ReservationReleased)
    assert (await read(orders, order_id))["status"] == "CANCELLED"


async def cancel_a_confirmed_order(orders: SubgraphUnderTest) -> None:
    await orders.receive(cart_changed())
    order_id = (await place(orders))["order"]["id"]
    await confirm(orders, order_id)
    await orders.published()
    payloads = await cancel_at_once(orders, order_id)
    assert count_codes(payloads) == {"OK": CALLS}
    assert kinds(await orders.published()) == [ReleaseStock]
    await reply(orders, order_id, ReservationReleased, PaymentVoided)
    assert kinds(await orders.published()).count(OrderCancelled) == 1


async def cancel_at_once(orders: SubgraphUnderTest, order_id: str) -> list[dict[str, Any]]:
    responses = await asyncio.gather(*(orders.execute(CANCEL, ADA, id=order_id) for _ in range(CALLS)))
    assert all("errors" not in response for response in responses)
    return [response["data"]["cancelOrder"] for response in responses]


CASES: Final[dict[str, tuple[Case, ...]]] = {
    "placeOrder": (place_with_the_same_key, place_one_cart_with_many_keys, place_many_carts_crossing),
    "cancelOrder": (cancel_a_pending_order, cancel_a_confirmed_order),
}


def test_the_table_has_every_mutation() -> None:
    assert set(CASES) == {each.name for each in MUTATIONS}


@pytest.mark.parametrize("case", [case for cases in CASES.values() for case in cases], ids=lambda case: case.__name__)
async def test_at_once(orders: SubgraphUnderTest, case: Case) -> None:
    await case(orders)


async def test_one_error_for_each_field(orders: SubgraphUnderTest) -> None:
    address = {"name": " ", "line1": "", "city": "x" * 201, "countryCode": "Germany"}
    given = {
        "cartId": "",
        "expectedRevision": -1,
        "shippingAddress": address,
        "idempotencyKey": "\n",
    }
    payload = (await orders.execute(PLACE, ADA, input=given))["data"]["placeOrder"]
    fields = [".".join(error["path"]) for error in payload["errors"]]
    assert {error["code"] for error in payload["errors"]} == {"BAD_USER_INPUT"}
    assert sorted(fields) == [
        "idempotencyKey",
        "shippingAddress.city",
        "shippingAddress.countryCode",
        "shippingAddress.line1",
        "shippingAddress.name",
    ]
