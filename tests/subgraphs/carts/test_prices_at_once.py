"""Prices, carts and orders at once, with several workers: no order costs what its revision did not show."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import text

from tests.support.postgres import DatabasesOfTests
from tests.support.several_workers import Workers, open_workers
from tests.support.subgraphs import STAFF, customer

CART: Final = """id revision status total { minorUnits } problems { code lineId }
  lines { id quantity unitPrice { minorUnits } variant { id sku } problem { code } }"""
ADDRESS: Final = {"name": "Ada", "line1": "1 Quay", "city": "Hamburg", "countryCode": "DE"}
ORDER: Final = "order { id status total { minorUnits } lines { quantity unitPrice { minorUnits } } }"
REFUSALS: Final = {"CART_CHANGED", "CART_NOT_READY", "CART_NOT_ORDERABLE", "CART_ALREADY_ORDERED"}
WORKERS, CLIENTS, STEPS, PRICES = 3, 5, 24, 30


@dataclass
class Market:
    """The shop, what every revision of a cart showed, and what was ordered at it."""

    workers: Workers
    chance: random.Random
    variants: list[str] = field(default_factory=list)
    products: list[str] = field(default_factory=list)
    shown: dict[tuple[str, int], Any] = field(default_factory=dict)
    orders: dict[tuple[str, int], Any] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    keys: Any = field(default_factory=itertools.count)

    def key(self) -> str:
        return f"{uuid.uuid4().hex}-{next(self.keys)}"

    async def offer(self) -> None:
        """Three products of one variant each, at 10, 20 and 30."""
        for number in range(1, 4):
            given = {"name": f"Cup {number}", "slug": f"cup-{number}", "idempotencyKey": self.key()}
            product = await self.workers.mutate("catalog", "createProduct", "product { id }", STAFF, **given)
            given = {
                "productId": product["product"]["id"],
                "sku": f"CUP-{number}",
                "name": "Blue",
                "prices": [{"amount": {"minorUnits": 1000 * number, "currency": "EUR"}}],
                "idempotencyKey": self.key(),
            }
            made = await self.workers.mutate("catalog", "createProductVariant", "variant { id }", STAFF, **given)
            self.products.append(product["product"]["id"])
            self.variants.append(made["variant"]["id"])
            await self.workers.mutate("catalog", "publishProduct", "product { id }", STAFF, productId=self.products[-1])

    async def change_prices(self) -> None:
        """What staff does all the time: new prices, the same again, others' currencies, out of the shop and in."""
        for _ in range(PRICES):
            number = self.chance.randrange(3)
            kind = self.chance.choice(["price", "price", "price", "again", "dollars", "none", "archive"])
            if kind == "archive":
                given = {"productId": self.products[number]}
                for step in ("archiveProduct", "publishProduct"):
                    await self.workers.mutate("catalog", step, "product { id }", STAFF, **given)
                    await asyncio.sleep(self.chance.uniform(0, 0.05))
                continue
            currency = "USD" if kind == "dollars" else "EUR"
            amounts = [] if kind == "none" else [self.chance.randint(1, 20) * 100]
            for _ in range(2 if kind == "again" else 1):
                prices = [{"amount": {"minorUnits": amount, "currency": currency}} for amount in amounts]
                given = {"variantId": self.variants[number], "prices": prices}
                payload = await self.workers.mutate(
                    "catalog", "setProductVariantPrices", "variant { id }", STAFF, **given
                )
                assert payload["errors"] == []
            await asyncio.sleep(self.chance.uniform(0, 0.05))

    def see(self, cart: dict[str, Any]) -> dict[str, Any]:
        """A client was shown this: the same revision never shows anything else."""
        content = (cart["status"], cart["total"], cart["problems"], cart["lines"])
        known = self.shown.setdefault((cart["id"], cart["revision"]), content)
        assert known == content
        total = sum(line["quantity"] * line["unitPrice"]["minorUnits"] for line in cart["lines"] if line["unitPrice"])
        assert total == cart["total"]["minorUnits"]
        return cart

    async def shop(self, number: int) -> None:
        """A customer with two devices fills carts, looks at them, and orders what they see."""
        who = customer(number, "orders:create")
        cart_id = await self.start(who)
        for _ in range(STEPS):
            step = self.chance.choice(["add", "add", "change", "look", "order", "order"])
            if step == "order":
                if await self.order(who, cart_id):
                    cart_id = await self.start(who)
            elif step == "look":
                await self.look(who, cart_id)
            else:
                await asyncio.gather(*(getattr(self, step)(who, cart_id) for _ in range(2)))

    async def start(self, who: Any) -> str:
        given = {"currency": "EUR", "idempotencyKey": self.key()}
        made = await self.workers.mutate("carts", "createCart", f"cart {{ {CART} }}", who, **given)
        return str(self.see(made["cart"])["id"])

    async def look(self, who: Any, cart_id: str) -> dict[str, Any]:
        document = f"query ($id: ID!) {{ cart(id: $id) {{ {CART} }} }}"
        return self.see((await self.workers.execute("carts", document, who, id=cart_id))["cart"])

    async def add(self, who: Any, cart_id: str) -> None:
        given = {"cartId": cart_id, "variantId": self.chance.choice(self.variants), "quantity": 1}
        payload = await self.workers.mutate(
            "carts", "addCartLine", f"cart {{ {CART} }}", who, **given, idempotencyKey=self.key()
        )
        self.note("add", payload)

    async def change(self, who: Any, cart_id: str) -> None:
        lines = (await self.look(who, cart_id))["lines"]
        if lines:
            given = {"cartId": cart_id, "lineId": lines[0]["id"], "quantity": self.chance.randint(1, 3)}
            self.note(
                "change", await self.workers.mutate("carts", "changeCartLine", f"cart {{ {CART} }}", who, **given)
            )

    def note(self, step: str, payload: dict[str, Any]) -> None:
        self.outcomes[step, payload["errors"][0]["code"] if payload["errors"] else "OK"] += 1
        if payload["cart"]:
            self.see(payload["cart"])

    async def order(self, who: Any, cart_id: str) -> bool:
        """Whether an order was made at the revision that was looked at."""
        cart = await self.look(who, cart_id)
        await asyncio.sleep(self.chance.choice([0, 0, 0.05]))
        given = {
            "cartId": cart_id,
            "expectedRevision": cart["revision"],
            "paymentMethodId": "pmt_1",
            "shippingAddress": ADDRESS,
            "idempotencyKey": self.key(),
        }
        payload = await self.workers.mutate("orders", "placeOrder", ORDER, who, **given)
        if payload["errors"]:
            code = payload["errors"][0]["code"]
            assert code in REFUSALS
            self.outcomes["order", code] += 1
            if code == "CART_NOT_ORDERABLE":
                assert cart["problems"] or not cart["lines"], "the refusal contradicts what was shown"
            return False
        self.outcomes["order", "OK"] += 1
        self.orders[cart_id, cart["revision"]] = payload["order"]
        return True

    async def check(self) -> None:
        """Every order costs what its revision showed, and every revision shown is one that was announced, once."""
        for place, order in self.orders.items():
            status, total, problems, lines = self.shown[place]
            assert (status, problems) == ("ACTIVE", [])
            assert order["total"] == total
            assert [(line["quantity"], line["unitPrice"]) for line in order["lines"]] == [
                (line["quantity"], line["unitPrice"]) for line in lines
            ]
        announced = await self._read_announced()
        for place, (status, total, problems, lines) in self.shown.items():
            event = announced[place]
            assert event["status"] == status
            assert [(line["line_id"], line["quantity"], line["sku"]) for line in event["lines"]] == [
                (line["id"], line["quantity"], line["variant"]["sku"]) for line in lines
            ]
            assert event["problems"] == [problem["lineId"] for problem in problems]
            assert total["minorUnits"] == sum(line["quantity"] * line["unit_minor_units"] for line in event["lines"])

    async def _read_announced(self) -> dict[tuple[str, int], Any]:
        database = self.workers.of["carts"][0].database
        async with database.read() as session:
            query = text("SELECT envelope FROM outbox WHERE type = 'carts.cart.changed'")
            events = [json.loads(envelope)["data"] for envelope in await session.scalars(query)]
        announced = {(event["cart_id"], event["revision"]): event for event in events}
        assert len(announced) == len(events), "a revision was announced twice"
        return announced


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_order_is_made_at_another_amount_than_its_revision_showed(
    request: pytest.FixtureRequest, tmp_path: Path, seed: int
) -> None:
    databases: DatabasesOfTests = request.getfixturevalue("databases")
    chance = random.Random(seed)
    async with open_workers(databases, tmp_path, ("catalog", "carts", "orders"), WORKERS, chance) as workers:
        market = Market(workers, chance)
        await market.offer()
        async with asyncio.timeout(300):
            await asyncio.gather(market.change_prices(), *(market.shop(number) for number in range(1, CLIENTS + 1)))
        await market.check()
    # It would show nothing without orders, and without carts that changed under those who looked at them.
    assert market.outcomes["order", "OK"] >= CLIENTS
    assert len(market.shown) > 10 * CLIENTS
