"""What other domains announce, and what it does to carts."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from entrepot.shared.auth import ANONYMOUS
from entrepot.shared.events.contracts.accounts import UserSignedIn
from entrepot.shared.events.contracts.catalog import ListedPrice
from entrepot.shared.events.contracts.orders import OrderCancelled, OrderConfirmed, OrderedVariant, OrderPlaced
from entrepot.subgraphs.carts.models import CartLine
from entrepot.subgraphs.carts.service import reprice_carts
from tests.support.subgraphs import customer, open_subgraph

ME, OTHER, STAFF = customer(1), customer(2), customer(9, "carts:read")


def placed(cart_id: str, order_id: str = "ord_1") -> OrderPlaced:
    return OrderPlaced(order_id=order_id, customer_id=str(ME.user_id), cart_id=cart_id)


def confirmed(cart_id: str, order_id: str = "ord_1") -> OrderConfirmed:
    """The order of a `filled` cart."""
    lines = (OrderedVariant(variant_id="var_1", quantity=2),)
    return OrderConfirmed(order_id=order_id, customer_id=str(ME.user_id), cart_id=cart_id, lines=lines)


def cancelled(cart_id: str, order_id: str = "ord_1") -> OrderCancelled:
    return OrderCancelled(order_id=order_id, customer_id=str(ME.user_id), cart_id=cart_id, reason="CARD_DECLINED")


def signed_in(user: Any, cart_id: str | None, token: str | None) -> UserSignedIn:
    digest = hashlib.sha256(token.encode()).hexdigest() if token is not None else None
    return UserSignedIn(user_id=user.user_id, session_id="ses_1", guest_cart_id=cart_id, guest_cart_token_hash=digest)


async def buried(carts: Any) -> int:
    async with carts.subgraph.process.database.read() as session:
        connection = await session.connection()
        return int((await connection.exec_driver_sql("SELECT count(*) FROM dead_letters")).scalar_one())


@pytest.fixture
async def filled(carts: Any) -> Any:
    """A customer's cart with two pieces of var_1 at 5.00 EUR."""
    cart_id = await carts.start(ME)
    await carts.add(cart_id, await carts.list_variant(1, 500), 2)
    await carts.changes()
    return cart_id


class TestVariantChanged:
    async def test_a_new_price_is_told_to_every_cart_that_holds_the_variant(self, carts: Any, filled: str) -> None:
        await carts.list_variant(1, 750)
        await carts.subgraph.run_jobs()
        (event,) = await carts.changes()
        assert (event.cart_id, event.revision, event.lines[0].unit_minor_units) == (filled, 3, 750)
        cart = await carts.read(filled)
        assert (cart["revision"], cart["subtotal"]["minorUnits"]) == (3, 1500)

    @pytest.mark.parametrize("facts", [{"minor_units": 750}, {"minor_units": None}, {"is_sellable": False}])
    async def test_a_revision_shows_what_it_was_announced_with(
        self, carts: Any, filled: str, facts: dict[str, Any]
    ) -> None:
        before = await carts.read(filled)
        await carts.list_variant(1, **{"minor_units": 500, **facts})
        assert await carts.read(filled) == before
        await carts.subgraph.run_jobs()
        after = await carts.read(filled)
        assert after["revision"] == before["revision"] + 1
        assert (after["lines"], after["problems"]) != (before["lines"], before["problems"])

    @pytest.mark.parametrize(
        "facts",
        [
            pytest.param({}, id="the same again"),
            pytest.param(
                {"prices": (ListedPrice("default", "EUR", 500), ListedPrice("default", "USD", 777))}, id="another's"
            ),
        ],
    )
    async def test_a_change_that_a_cart_does_not_show_is_no_change_of_it(
        self, carts: Any, filled: str, facts: dict[str, Any]
    ) -> None:
        before = await carts.read(filled)
        await carts.list_variant(1, 500, **facts)
        assert await reprice_carts(carts.subgraph.transactions) == 2
        assert await carts.read(filled) == before
        assert await carts.changes() == []
        assert await reprice_carts(carts.subgraph.transactions) == 0

    async def test_a_new_name_is_announced(self, carts: Any, filled: str) -> None:
        await carts.list_variant(1, 500, product_name="Mug")
        await carts.subgraph.run_jobs()
        assert [(event.revision, event.lines[0].product_name) for event in await carts.changes()] == [(3, "Mug")]

    async def test_a_converted_cart_keeps_its_prices(self, carts: Any, filled: str) -> None:
        await carts.subgraph.receive(placed(filled), confirmed(filled))
        before = await carts.read(filled)
        await carts.list_variant(1, 750)
        await carts.subgraph.run_jobs()
        assert await carts.read(filled) == before
        assert before["total"] == {"minorUnits": 1000}

    async def test_a_line_from_before_quotes_were_kept_shows_the_price_of_now(self, carts: Any, filled: str) -> None:
        async with carts.subgraph.transactions.begin() as unit:
            await unit.session.execute(update(CartLine).values(quoted=None))
        await carts.list_variant(1, 750)
        assert (await carts.read(filled))["total"] == {"minorUnits": 1500}
        await carts.subgraph.run_jobs()
        assert [event.revision for event in await carts.changes()] == [3]

    @pytest.mark.parametrize(
        ("facts", "code", "unit_price"),
        [
            ({"is_sellable": False}, "NOT_FOR_SALE", 500),
            ({"minor_units": None}, "NO_PRICE", 0),
            ({"prices": (ListedPrice("default", "USD", 5), ListedPrice("outlet", "EUR", 5))}, "NO_PRICE", 0),
        ],
    )
    async def test_what_cannot_be_ordered_any_more_is_a_problem_until_it_can(
        self, carts: Any, filled: str, facts: dict[str, Any], code: str, unit_price: int
    ) -> None:
        await carts.list_variant(1, **{"minor_units": 500, **facts})
        await carts.subgraph.run_jobs()
        cart = await carts.read(filled)
        line_id = cart["lines"][0]["id"]
        assert cart["lines"][0]["problem"] == {"code": code}
        assert [(problem["code"], problem["lineId"]) for problem in cart["problems"]] == [(code, line_id)]
        event = (await carts.changes())[-1]
        assert (event.problems, event.lines[0].unit_minor_units) == ((line_id,), unit_price)
        assert (cart["lines"][0]["unitPrice"] is None) is (unit_price == 0)
        await carts.list_variant(1, 500)
        await carts.subgraph.run_jobs()
        assert (await carts.changes())[-1].problems == ()
        assert (await carts.read(filled))["problems"] == []

    @pytest.mark.parametrize("revision", [0, 1])
    async def test_an_older_revision_changes_nothing(self, carts: Any, filled: str, revision: int) -> None:
        before = await carts.read(filled)
        await carts.list_variant(1, 1, revision=revision)
        await carts.subgraph.run_jobs()
        assert await carts.read(filled) == before
        assert await carts.changes() == []

    async def test_a_repeated_message_takes_effect_once(self, carts: Any, filled: str) -> None:
        for _ in range(2):
            await carts.list_variant(1, 750, revision=7)
            await carts.subgraph.run_jobs()
        assert [event.revision for event in await carts.changes()] == [3]

    async def test_many_carts_are_told_in_batches_and_none_is_left_out(self, tmp_path: Path, carts_on: Any) -> None:
        async with open_subgraph("carts", tmp_path, environ={"ENTREPOT_CARTS_BATCH_SIZE": "3"}) as subgraph:
            carts = carts_on(subgraph)
            variant = await carts.list_variant()
            holders = []
            for number in range(10):
                holders.append(await carts.start(customer(number + 1)))
                await carts.add(holders[-1], variant, 1, customer(number + 1))
            bystander = await carts.start(OTHER)
            await carts.changes()
            await carts.list_variant(1, 900)
            await carts.subgraph.run_jobs()
            last = {event.cart_id: event for event in await carts.changes()}
            assert set(last) == set(holders)
            assert {line.unit_minor_units for event in last.values() for line in event.lines} == {900}
            assert (await carts.read(bystander, OTHER))["revision"] == 1

    async def test_carts_that_are_not_active_stay_as_they_were_told(self, carts: Any, filled: str) -> None:
        await carts.subgraph.receive(placed(filled))
        await carts.changes()
        await carts.list_variant(1, 750)
        await carts.subgraph.run_jobs()
        assert await carts.changes() == []
        await carts.subgraph.receive(cancelled(filled))
        (event,) = await carts.changes()
        assert event.lines[0].unit_minor_units == 750
        await carts.subgraph.run_jobs()
        assert await carts.changes() == []

    async def test_carts_that_are_not_active_are_not_even_looked_at(self, tmp_path: Path, carts_on: Any) -> None:
        async with open_subgraph("carts", tmp_path, environ={"ENTREPOT_CARTS_BATCH_SIZE": "1"}) as subgraph:
            carts = carts_on(subgraph)
            variant = await carts.list_variant()
            for number in range(2):
                cart_id = await carts.start(ME)
                await carts.add(cart_id, variant)
                await subgraph.receive(placed(cart_id, f"ord_{number}"))
            await carts.list_variant(1, 750)
            assert [await reprice_carts(subgraph.transactions) for _ in range(2)] == [1, 0]

    async def test_a_cart_told_after_the_change_is_not_told_again(self, carts: Any, filled: str) -> None:
        await carts.list_variant(1, 750)
        await carts.add(filled, "var_1")
        await carts.subgraph.run_jobs()
        assert [event.lines[0].unit_minor_units for event in await carts.changes()] == [750]


class TestOrders:
    async def test_a_placed_order_closes_the_cart_until_it_is_cancelled(
        self, carts: Any, filled: str, refusals: Any
    ) -> None:
        await carts.subgraph.receive(placed(filled))
        assert refusals(await carts.add(filled, "var_1")) == [("CART_NOT_ACTIVE", ["cartId"])]
        cart = await carts.read(filled)
        assert (cart["status"], cart["allowedTransitions"]) == ("CONVERTING", [])
        await carts.subgraph.receive(cancelled(filled))
        assert (await carts.add(filled, "var_1"))["cart"]["lines"][0]["quantity"] == 3
        told = [(event.revision, event.status) for event in await carts.changes()]
        assert told == [(3, "CONVERTING"), (4, "ACTIVE"), (5, "ACTIVE")]

    async def test_every_change_of_a_converting_cart_is_refused(self, carts: Any, filled: str, refusals: Any) -> None:
        line_id = (await carts.read(filled))["lines"][0]["id"]
        await carts.subgraph.receive(placed(filled))
        refused = [("CART_NOT_ACTIVE", ["cartId"])]
        assert refusals(await carts.change(filled, line_id, 1, expectedRevision=3)) == refused
        assert refusals(await carts.remove(filled, line_id)) == refused
        assert (await carts.read(filled))["lines"][0]["quantity"] == 2

    async def test_what_was_added_after_the_order_was_placed_is_not_lost(self, carts: Any, filled: str) -> None:
        other = await carts.list_variant(2, 300)
        await carts.add(filled, "var_1", 1)
        await carts.add(filled, other, 4)
        await carts.subgraph.receive(placed(filled), confirmed(filled), confirmed(filled))
        kept = [event for event in await carts.changes() if event.cart_id != filled]
        assert [event.revision for event in kept] == [1]
        assert {line.variant_id: line.quantity for line in kept[-1].lines} == {"var_1": 1, other: 4}
        assert (kept[-1].status, kept[-1].owner_id) == ("ACTIVE", ME.user_id)
        assert (await carts.read(filled))["status"] == "CONVERTED"

    async def test_what_was_added_goes_into_the_cart_started_since(self, carts: Any, filled: str) -> None:
        await carts.add(filled, "var_1", 1)
        await carts.subgraph.receive(placed(filled))
        since = await carts.start(ME)
        await carts.subgraph.receive(confirmed(filled))
        assert [(event.revision, len(event.lines)) for event in await carts.changes(since)] == [(1, 0), (2, 1)]

    async def test_a_confirmed_order_ends_the_cart(self, carts: Any, filled: str) -> None:
        await carts.subgraph.receive(placed(filled), confirmed(filled))
        assert (await carts.read(filled))["status"] == "CONVERTED"
        assert await carts.mine(ME) is None
        await carts.subgraph.receive(cancelled(filled))
        assert (await carts.read(filled))["status"] == "CONVERTED"

    async def test_messages_again_change_nothing(self, carts: Any, filled: str) -> None:
        for event in (placed(filled), cancelled(filled)):
            await carts.subgraph.receive(event, event)
        await carts.subgraph.receive(placed(filled))
        assert (await carts.read(filled))["revision"] == 4

    async def test_a_placing_that_comes_after_the_end_changes_nothing(self, carts: Any, filled: str) -> None:
        await carts.subgraph.receive(cancelled(filled), placed(filled))
        assert (await carts.read(filled))["status"] == "ACTIVE"
        await carts.subgraph.receive(confirmed(filled, "ord_2"), placed(filled, "ord_2"))
        assert (await carts.read(filled))["status"] == "CONVERTED"

    async def test_only_the_newest_order_ends_the_conversion(self, carts: Any, filled: str) -> None:
        await carts.subgraph.receive(placed(filled, "ord_1"), placed(filled, "ord_2"), cancelled(filled, "ord_1"))
        assert (await carts.read(filled))["status"] == "CONVERTING"
        await carts.subgraph.receive(confirmed(filled, "ord_2"))
        assert (await carts.read(filled))["status"] == "CONVERTED"

    async def test_an_older_order_that_comes_late_does_not_take_over(self, carts: Any, filled: str) -> None:
        await carts.subgraph.receive(placed(filled, "ord_2"), placed(filled, "ord_1"), cancelled(filled, "ord_1"))
        assert (await carts.read(filled))["status"] == "CONVERTING"

    async def test_a_cart_that_comes_back_stands_beside_the_one_started_meanwhile(
        self, carts: Any, filled: str
    ) -> None:
        await carts.subgraph.receive(placed(filled))
        meanwhile = await carts.start(ME)
        await carts.add(meanwhile, "var_1", 7)
        await carts.subgraph.receive(cancelled(filled))
        assert (await carts.mine(ME))["id"] == meanwhile
        assert [(await carts.read(cart_id))["lines"][0]["quantity"] for cart_id in (filled, meanwhile)] == [2, 7]
        query = "{ myCarts { edges { node { id } } } }"
        page = (await carts.subgraph.execute(query, ME))["data"]["myCarts"]
        assert [edge["node"]["id"] for edge in page["edges"]] == [meanwhile, filled]

    async def test_an_unknown_cart_is_no_fault(self, carts: Any) -> None:
        await carts.subgraph.receive(placed("crt_none"), confirmed("crt_none"), cancelled("crt_none"))
        assert await carts.changes() == []
        assert await buried(carts) == 0


class TestUserSignedIn:
    @pytest.fixture
    async def guest(self, carts: Any) -> tuple[str, str]:
        made = await carts.create(ANONYMOUS)
        cart_id, token = made["cart"]["id"], made["guestToken"]
        for number in (1, 2):
            variant = await carts.list_variant(number)
            await carts.add(cart_id, variant, 600, ANONYMOUS, guestToken=token)
        return cart_id, token

    async def test_brings_the_guests_cart_with_what_was_in_ones_own(self, carts: Any, guest: tuple[str, str]) -> None:
        mine = await carts.start(ME)
        await carts.add(mine, "var_1", 600)
        await carts.subgraph.receive(signed_in(ME, *guest))
        cart = await carts.read(guest[0])
        assert {line["variant"]["id"]: line["quantity"] for line in cart["lines"]} == {"var_1": 999, "var_2": 600}
        left = await carts.read(mine)
        assert (left["status"], left["mergedIntoId"]) == ("MERGED", guest[0])
        last = {event.cart_id: event for event in await carts.changes()}
        assert last[guest[0]].revision == cart["revision"]
        assert last[mine].status == "MERGED"

    async def test_makes_the_guests_cart_ones_own(self, carts: Any, guest: tuple[str, str]) -> None:
        await carts.changes()
        await carts.subgraph.receive(signed_in(ME, *guest))
        cart = await carts.mine(ME)
        assert (cart["id"], [line["quantity"] for line in cart["lines"]]) == (guest[0], [600, 600])
        (event,) = await carts.changes()
        assert (event.revision, event.owner_id, len(event.lines)) == (4, ME.user_id, 2)

    async def test_a_wrong_secret_brings_nothing(self, carts: Any, guest: tuple[str, str]) -> None:
        await carts.subgraph.receive(
            signed_in(ME, guest[0], "wrong"), signed_in(ME, guest[0], None), signed_in(ME, None, None)
        )
        assert await carts.mine(ME) is None
        assert (await carts.read(guest[0], STAFF))["status"] == "ACTIVE"
        assert await buried(carts) == 0

    async def test_brings_them_once(self, carts: Any, guest: tuple[str, str]) -> None:
        await carts.subgraph.receive(signed_in(ME, *guest), signed_in(ME, *guest), signed_in(OTHER, *guest))
        cart = await carts.mine(ME)
        assert [line["quantity"] for line in cart["lines"]] == [600, 600]
        assert await carts.mine(OTHER) is None

    async def test_a_customers_cart_is_nobody_elses(self, carts: Any) -> None:
        mine = await carts.start(ME)
        await carts.subgraph.receive(signed_in(OTHER, mine, ""), signed_in(OTHER, "crt_none", "x"))
        assert (await carts.read(mine))["status"] == "ACTIVE"
        assert await carts.mine(OTHER) is None

    async def test_claiming_after_the_login_answers_the_same_cart(self, carts: Any, guest: tuple[str, str]) -> None:
        await carts.subgraph.receive(signed_in(ME, *guest))
        assert (await carts.claim(*guest, ME))["cart"] == await carts.mine(ME)
