"""Orders driven through a graph: as many as go, and at a rate."""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.load.shops import MeasuredShop, count_effects
from tests.support.buying import ADD_LINE, ADDRESS, CREATE_CART, PLACE, add_payment_method, register
from tests.support.clients import GraphQLClient
from tests.support.restocking import restock

_SKU = "BEAN-HARBOUR-250"
_CUSTOMERS = 8
_AT_ONCE = 16
_LOOK = 0.05
_QUIET_LOOKS = 20
_PATIENCE = 300.0
_CONFIRMED = "SELECT count(*) FROM orders WHERE status = 'CONFIRMED'"
_OPEN = "SELECT count(*) FROM orders WHERE status IN ('PENDING', 'CANCELLING')"
_LOGIN = """mutation {
  login(input: { email: "admin@example.com", password: "entrepot-demo-1" }) { accessToken } }"""


@dataclass(frozen=True)
class PreparedOrder:
    """A filled cart that is only to be ordered."""

    customer: GraphQLClient
    given: dict[str, Any]

    async def place(self) -> str:
        """The id of the order; raises AssertionError when it is refused."""
        payload = (await self.customer.data(PLACE, input=self.given))["placeOrder"]
        assert payload["errors"] == [], payload
        return str(payload["order"]["id"])


@dataclass(frozen=True)
class Throughput:
    """What a burst of orders took.

    `seconds` until the last was confirmed, `event_seconds` until the last of the `events`, effects of handlers.
    """

    orders: int
    events: int
    seconds: float
    event_seconds: float

    @property
    def orders_per_second(self) -> float:
        return self.orders / self.seconds

    @property
    def events_per_second(self) -> float:
        return self.events / self.event_seconds


@dataclass(frozen=True)
class Latencies:
    """Seconds from when each order was to be placed to its answer, at `rate` orders a second."""

    rate: float
    seconds: Sequence[float]

    def percentile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def stock_up(shop: MeasuredShop) -> str:
    """More of one variant than is ever bought; its id."""
    return await restock(shop.client.as_((await shop.client.data(_LOGIN))["login"]["accessToken"]), _SKU)


async def prepare(shop: MeasuredShop, variant: str, count: int) -> list[PreparedOrder]:
    """So many filled carts of several customers, known to whoever places orders."""
    run = uuid.uuid4().hex
    customers = [await register(shop.client, f"{run}-{number}@load.example") for number in range(_CUSTOMERS)]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def fill(number: int) -> PreparedOrder:
        async with gate:
            customer, key = customers[number % len(customers)], f"{run}-{number}"
            made = await customer.data(CREATE_CART, input={"currency": "EUR", "idempotencyKey": key})
            cart = made["createCart"]["cart"]["id"]
            line = {"cartId": cart, "variantId": variant, "quantity": 1, "idempotencyKey": key}
            added = (await customer.data(ADD_LINE, input=line))["addCartLine"]["cart"]
            method = await add_payment_method(customer, key=key)
            order = {"cartId": cart, "expectedRevision": added["revision"], "paymentMethodId": method}
            return PreparedOrder(customer, {**order, "shippingAddress": ADDRESS, "idempotencyKey": key})

    prepared = await asyncio.gather(*(fill(number) for number in range(count)))
    await _until_quiet(shop)
    return prepared


async def measure_throughput(shop: MeasuredShop, orders: Sequence[PreparedOrder]) -> Throughput:
    """Place them all, some at once, and wait until each is confirmed."""
    confirmed, effects = await shop.books.count("orders", _CONFIRMED), await count_effects(shop.books)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def place(order: PreparedOrder) -> None:
        async with gate:
            await order.place()

    began = time.monotonic()
    await asyncio.gather(*(place(order) for order in orders))
    async with asyncio.timeout(_PATIENCE):
        while await shop.books.count("orders", _CONFIRMED) < confirmed + len(orders):  # noqa: ASYNC110 - of others
            await asyncio.sleep(_LOOK)
    seconds = time.monotonic() - began
    last = await _until_quiet(shop)
    return Throughput(len(orders), await count_effects(shop.books) - effects, seconds, max(seconds, last - began))


async def measure_latency(orders: Sequence[PreparedOrder], rate: float) -> Latencies:
    """Place them at the rate, whatever becomes of those before; an answer that is late counts from when it was due."""
    began = time.monotonic()

    async def place(number: int, order: PreparedOrder) -> float:
        due = began + number / rate
        await asyncio.sleep(due - time.monotonic())
        await order.place()
        return time.monotonic() - due

    numbered = zip(itertools.count(), orders, strict=False)
    return Latencies(rate, await asyncio.gather(*(place(number, order) for number, order in numbered)))


async def _until_quiet(shop: MeasuredShop) -> float:
    """When the last effect was seen to be taken; returns when there has been none for a while, and no order is open."""
    before, last, seen_for = -1, time.monotonic(), 0
    async with asyncio.timeout(_PATIENCE):
        while seen_for < _QUIET_LOOKS or await shop.books.count("orders", _OPEN):
            now = await count_effects(shop.books)
            if now != before:
                before, last, seen_for = now, time.monotonic(), 0
            seen_for += 1
            await asyncio.sleep(_LOOK)
    return last
