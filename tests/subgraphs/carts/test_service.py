"""What holds for carts whatever happens, at once or in any order."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.shared.auth import ANONYMOUS
from entrepot.shared.db import find_drift
from entrepot.shared.events import KERNEL
from entrepot.shared.events.contracts.orders import OrderCancelled, OrderConfirmed, OrderedVariant, OrderPlaced
from entrepot.subgraphs.carts.models import Base
from entrepot.subgraphs.carts.repository import CartRepository
from entrepot.subgraphs.carts.service import expire_carts
from tests.support.subgraphs import customer, open_subgraph

ME, STAFF = customer(1), customer(9, "carts:read")
DAY = 24 * 3600.0


async def test_the_migrations_make_what_the_models_say(carts: Any) -> None:
    assert await find_drift(carts.subgraph.process.database, [Base.metadata, KERNEL]) == []


class TestAtOnce:
    async def test_every_add_counts(self, carts: Any) -> None:
        variants = [await carts.list_variant(number) for number in range(3)]
        cart_id = await carts.start()
        payloads = await asyncio.gather(*(carts.add(cart_id, variants[number % 3]) for number in range(60)))
        assert all(payload["errors"] == [] for payload in payloads)
        cart = await carts.read(cart_id)
        assert [line["quantity"] for line in cart["lines"]] == [20, 20, 20]
        assert [event.revision for event in await carts.changes()] == list(range(1, 62))

    async def test_the_cap_holds(self, carts: Any) -> None:
        variant = await carts.list_variant()
        cart_id = await carts.start()
        payloads = await asyncio.gather(*(carts.add(cart_id, variant, 100) for _ in range(20)))
        assert len([payload for payload in payloads if payload["cart"]]) == 9
        assert (await carts.read(cart_id))["lines"][0]["quantity"] == 900

    async def test_a_repeated_key_takes_effect_once(self, carts: Any) -> None:
        variant = await carts.list_variant()
        started = await asyncio.gather(*(carts.start(idempotencyKey="same") for _ in range(10)))
        assert len(set(started)) == 1
        await asyncio.gather(*(carts.add(started[0], variant, 1, idempotencyKey="add") for _ in range(10)))
        assert (await carts.read(started[0]))["lines"][0]["quantity"] == 1

    async def test_an_order_and_an_add_do_not_both_win(self, carts: Any) -> None:
        variant = await carts.list_variant()
        cart_id = await carts.start()
        order = OrderPlaced(order_id="ord_1", customer_id=str(ME.user_id), cart_id=cart_id)
        await asyncio.gather(carts.subgraph.receive(order), *(carts.add(cart_id, variant) for _ in range(20)))
        events = await carts.changes()
        closed = next(position for position, event in enumerate(events) if event.status == "CONVERTING")
        assert closed == len(events) - 1
        assert events[-1].lines == (events[-2].lines if closed else ())

    async def test_no_cart_keeps_an_old_price(self, carts: Any) -> None:
        variants = [await carts.list_variant(number, 100) for number in range(2)]
        users = [customer(number) for number in range(1, 9)]
        started = [await carts.start(user) for user in users]

        async def shop(cart_id: str, user: Any) -> None:
            for number in range(6):
                await carts.add(cart_id, variants[number % 2], 1, user)

        async def reprice() -> None:
            for price in range(200, 208):
                await carts.list_variant(price % 2, price)
                await carts.subgraph.run_jobs()

        await asyncio.gather(reprice(), *(shop(*pair) for pair in zip(started, users, strict=True)))
        await carts.subgraph.run_jobs()
        last = {event.cart_id: event for event in await carts.changes()}
        for cart_id in started:
            prices = {line.variant_id: line.unit_minor_units for line in last[cart_id].lines}
            assert prices == {"var_0": 206, "var_1": 207}
            assert last[cart_id].revision == (await carts.read(cart_id, STAFF))["revision"]

    async def test_logins_and_changes_lose_nothing(self, carts: Any) -> None:
        variant = await carts.list_variant()
        mine = await carts.start(ME)
        guests = [await carts.create(ANONYMOUS) for _ in range(6)]
        for made in guests:
            await carts.add(made["cart"]["id"], variant, 10, ANONYMOUS, guestToken=made["guestToken"])
        payloads = await asyncio.gather(
            *(carts.add(mine, variant, 1, ME) for _ in range(6)),
            *(carts.claim(made["cart"]["id"], made["guestToken"], ME) for made in guests),
        )
        added = [payload for payload in payloads[:6] if payload["cart"]]
        # What comes after the merge is refused, and says so; what came before it is in the one cart that is left.
        refused = [error["code"] for payload in payloads[:6] for error in payload["errors"]]
        assert refused == ["CART_NOT_ACTIVE"] * (6 - len(added))
        cart = await carts.mine(ME)
        assert cart["lines"][0]["quantity"] == 60 + len(added)
        events = await carts.changes()
        for cart_id in {event.cart_id for event in events}:
            revisions = [event.revision for event in events if event.cart_id == cart_id]
            assert revisions == list(range(1, len(revisions) + 1))
        last = {event.cart_id: event for event in events}
        assert [event.cart_id for event in last.values() if event.status == "ACTIVE"] == [cart["id"]]


class TestExpiry:
    async def test_carts_left_alone_end(self, carts: Any) -> None:
        guest, mine = await carts.start(ANONYMOUS), await carts.start(ME)
        carts.subgraph.clock.advance(29.9 * DAY)
        await carts.subgraph.run_jobs()
        assert (await carts.read(guest, STAFF))["status"] == "ACTIVE"
        carts.subgraph.clock.advance(0.2 * DAY)
        await carts.subgraph.run_jobs()
        assert [(await carts.read(cart_id, STAFF))["status"] for cart_id in (guest, mine)] == ["EXPIRED", "ACTIVE"]
        carts.subgraph.clock.advance(365 * DAY)
        await carts.subgraph.run_jobs()
        assert (await carts.read(mine, STAFF))["status"] == "ABANDONED"
        assert [event.status for event in await carts.changes(guest)] == ["ACTIVE", "EXPIRED"]

    async def test_a_change_keeps_a_cart_alive_and_a_price_does_not(self, carts: Any) -> None:
        variant = await carts.list_variant()
        used, priced = await carts.create(ANONYMOUS), await carts.create(ANONYMOUS)
        ids = [used["cart"]["id"], priced["cart"]["id"]]
        for made, cart_id in ((used, ids[0]), (priced, ids[1])):
            await carts.add(cart_id, variant, 1, ANONYMOUS, guestToken=made["guestToken"])
        carts.subgraph.clock.advance(20 * DAY)
        await carts.add(ids[0], variant, 1, ANONYMOUS, guestToken=used["guestToken"])
        await carts.list_variant(1, 700)
        await carts.subgraph.run_jobs()
        carts.subgraph.clock.advance(20 * DAY)
        await carts.subgraph.run_jobs()
        assert [(await carts.read(cart_id, STAFF))["status"] for cart_id in ids] == ["ACTIVE", "EXPIRED"]

    async def test_a_cart_that_is_being_changed_stays(self, carts_on_postgres: Any) -> None:
        carts = carts_on_postgres
        used, left = [await carts.start(ANONYMOUS) for _ in range(2)]
        carts.subgraph.clock.advance(31 * DAY)
        async with carts.subgraph.transactions.begin() as unit:
            cart = await CartRepository(unit.session).lock_active_cart(used)
            assert cart is not None
            assert await expire_carts(carts.subgraph.transactions) == 1
            cart.last_used_at = unit.now
        assert await expire_carts(carts.subgraph.transactions) == 0
        assert [(await carts.read(cart_id, STAFF))["status"] for cart_id in (used, left)] == ["ACTIVE", "EXPIRED"]

    async def test_what_was_in_it_is_announced_with_its_end(self, carts: Any) -> None:
        cart_id = await carts.start(ME)
        await carts.add(cart_id, await carts.list_variant(1, 500), 2)
        await carts.list_variant(1, 900)
        carts.subgraph.clock.advance(366 * DAY)
        await expire_carts(carts.subgraph.transactions)
        event = (await carts.changes())[-1]
        assert (event.revision, event.status, event.lines[0].unit_minor_units) == (3, "ABANDONED", 500)
        await carts.subgraph.run_jobs()
        assert await carts.changes() == []

    async def test_many_end_in_batches(self, tmp_path: Path, carts_on: Any) -> None:
        async with open_subgraph("carts", tmp_path, environ={"ENTREPOT_CARTS_BATCH_SIZE": "3"}) as subgraph:
            carts = carts_on(subgraph)
            ids = [await carts.start(ANONYMOUS) for _ in range(10)]
            carts.subgraph.clock.advance(31 * DAY)
            await carts.subgraph.run_jobs()
            assert {(await carts.read(cart_id, STAFF))["status"] for cart_id in ids} == {"EXPIRED"}


VARIANT = st.integers(0, 2)
STEP = st.one_of(
    st.tuples(st.just("add"), VARIANT, st.integers(1, 600)),
    st.tuples(st.just("repeat"), VARIANT, st.integers(1, 600)),
    st.tuples(st.just("change"), VARIANT, st.integers(0, 1000)),
    st.tuples(st.just("remove"), VARIANT, st.just(0)),
    st.tuples(st.just("price"), VARIANT, st.integers(0, 10_000)),
    st.tuples(st.just("unlist"), VARIANT, st.integers(0, 1)),
    st.tuples(st.sampled_from(["placed", "confirmed", "cancelled"]), st.integers(1, 3), st.just(0)),
    st.tuples(st.just("jobs"), st.just(0), st.just(0)),
)


class Walk:
    """A cart through random steps, beside the simplest thing that could say how many of what are in it."""

    def __init__(self, carts: Any, cart_id: str) -> None:
        self.carts = carts
        self.cart_id = cart_id
        self.quantities: dict[str, int] = {}
        self.events: list[Any] = []

    async def take(self, kind: str, number: int, amount: int) -> None:
        variant = f"var_{number}"
        await getattr(self, f"_{kind}")(variant, number, amount)
        self.events += await self.carts.changes()

    async def _add(self, variant: str, _number: int, amount: int, times: int = 1) -> None:
        key = f"step-{next(self.carts.keys)}"
        payloads = [await self.carts.add(self.cart_id, variant, amount, idempotencyKey=key) for _ in range(times)]
        assert len({bool(payload["cart"]) for payload in payloads}) == 1
        if payloads[0]["cart"]:
            self.quantities[variant] = self.quantities.get(variant, 0) + amount

    async def _repeat(self, variant: str, number: int, amount: int) -> None:
        await self._add(variant, number, amount, times=2)

    async def _line(self, variant: str) -> str:
        lines = (await self.carts.read(self.cart_id))["lines"]
        return next((line["id"] for line in lines if line["variant"]["id"] == variant), "cln_none")

    async def _change(self, variant: str, _number: int, amount: int) -> None:
        if (await self.carts.change(self.cart_id, await self._line(variant), amount))["cart"]:
            self.quantities[variant] = amount

    async def _remove(self, variant: str, _number: int, _amount: int) -> None:
        if (await self.carts.remove(self.cart_id, await self._line(variant)))["cart"]:
            del self.quantities[variant]

    async def _price(self, _variant: str, number: int, amount: int) -> None:
        await self.carts.list_variant(number, amount)

    async def _unlist(self, _variant: str, number: int, amount: int) -> None:
        await self.carts.list_variant(number, None if amount else 100, is_sellable=False)

    async def _jobs(self, _variant: str, _number: int, _amount: int) -> None:
        await self.carts.subgraph.run_jobs()

    async def _placed(self, _variant: str, number: int, _amount: int) -> None:
        order = OrderPlaced(order_id=f"ord_{number}", customer_id="usr", cart_id=self.cart_id)
        await self.carts.subgraph.receive(order, order)

    async def _confirmed(self, _variant: str, number: int, _amount: int) -> None:
        lines = tuple(OrderedVariant(variant_id=variant, quantity=count) for variant, count in self.quantities.items())
        order = OrderConfirmed(order_id=f"ord_{number}", customer_id="usr", cart_id=self.cart_id, lines=lines)
        await self.carts.subgraph.receive(order)

    async def _cancelled(self, _variant: str, number: int, _amount: int) -> None:
        order = OrderCancelled(order_id=f"ord_{number}", customer_id="usr", cart_id=self.cart_id, reason="REQUESTED")
        await self.carts.subgraph.receive(order)

    async def check(self) -> None:
        """The revision grows strictly, the last event is the state, totals are sums, quantities are those taken."""
        cart = await self.carts.read(self.cart_id)
        revisions = [event.revision for event in self.events]
        assert revisions == sorted(set(revisions))
        last = self.events[-1]
        assert (last.revision, last.status) == (cart["revision"], cart["status"])
        assert {line["variant"]["id"]: line["quantity"] for line in cart["lines"]} == self.quantities
        assert all(1 <= quantity <= 999 for quantity in self.quantities.values())
        assert [(line.line_id, line.quantity) for line in last.lines] == [
            (line["id"], line["quantity"]) for line in cart["lines"]
        ]
        totals = [line["lineTotal"]["minorUnits"] for line in cart["lines"] if line["lineTotal"]]
        assert cart["subtotal"]["minorUnits"] == cart["total"]["minorUnits"] == sum(totals)
        if cart["status"] == "ACTIVE":
            assert list(last.problems) == [problem["lineId"] for problem in cart["problems"]]
            told = [line.unit_minor_units * line.quantity for line in last.lines]
            assert sum(told) == cart["total"]["minorUnits"]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEP, max_size=25))
def test_whatever_happens_the_last_event_is_the_state(carts_on: Any, steps: list[tuple[str, int, int]]) -> None:
    async def walk() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with open_subgraph("carts", Path(folder)) as subgraph:
                carts = carts_on(subgraph)
                for number in range(3):
                    await carts.list_variant(number, 100 * (number + 1))
                cart = Walk(carts, await carts.start())
                for step in [*steps, ("jobs", 0, 0)]:
                    await cart.take(*step)
                await cart.check()

    asyncio.run(walk())
