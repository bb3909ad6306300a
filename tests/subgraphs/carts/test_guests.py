"""Carts of guests: their secret, and how they become a customer's."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.auth import ANONYMOUS
from entrepot.shared.events import KERNEL
from entrepot.subgraphs.carts.models import Base
from tests.support.subgraphs import customer, open_subgraph

ME, OTHER, STAFF = customer(1), customer(2), customer(9, "carts:read")


class TestGuests:
    async def test_get_a_secret_that_opens_their_cart(self, carts: Any) -> None:
        payload = await carts.create(ANONYMOUS)
        token, cart_id = payload["guestToken"], payload["cart"]["id"]
        assert len(token) == 43
        assert (await carts.read(cart_id, ANONYMOUS, token))["id"] == cart_id
        assert (await carts.read(cart_id, ME, token))["id"] == cart_id

    async def test_every_secret_is_another(self, carts: Any) -> None:
        tokens = {(await carts.create(ANONYMOUS))["guestToken"] for _ in range(20)}
        assert len(tokens) == 20

    async def test_the_secret_is_not_kept(self, carts: Any) -> None:
        token = (await carts.create(ANONYMOUS))["guestToken"]
        await carts.subgraph.published()
        tables = [*Base.metadata.sorted_tables, *KERNEL.sorted_tables]
        async with carts.subgraph.process.database.read() as session:
            kept = "".join([str((await session.execute(table.select())).all()) for table in tables])
        assert token not in kept
        assert hashlib.sha256(token.encode()).hexdigest() in kept

    @pytest.mark.parametrize("token", [None, "", "wrong", "x" * 10_000])
    async def test_without_it_there_is_no_such_cart(self, carts: Any, refusals: Any, token: str | None) -> None:
        variant = await carts.list_variant()
        cart_id = await carts.start(ANONYMOUS)
        for principal in (ANONYMOUS, ME):
            assert await carts.read(cart_id, principal, token) is None
            payload = await carts.add(cart_id, variant, 1, principal, guestToken=token)
            assert refusals(payload) == [("NOT_FOUND", ["cartId"])]
        assert (await carts.read(cart_id, STAFF))["revision"] == 1

    async def test_the_secret_of_another_cart_is_wrong(self, carts: Any) -> None:
        first, second = await carts.create(ANONYMOUS), await carts.create(ANONYMOUS)
        assert await carts.read(first["cart"]["id"], ANONYMOUS, second["guestToken"]) is None

    async def test_a_guessed_key_hands_out_nothing(self, carts: Any, refusals: Any) -> None:
        first = await carts.create(ANONYMOUS, idempotencyKey="guessable")
        again = await carts.create(ANONYMOUS, idempotencyKey="guessable")
        assert refusals(again) == [("GUEST_CART_EXISTS", ["idempotencyKey"])]
        assert (again["cart"], again["guestToken"]) == (None, None)
        assert first["guestToken"] not in str(again)
        assert first["cart"]["id"] not in str(again)
        assert len(await carts.changes()) == 1

    async def test_a_guests_key_does_not_open_a_customers_cart(self, carts: Any) -> None:
        mine = await carts.start(ME, idempotencyKey="same")
        guests = await carts.create(ANONYMOUS, idempotencyKey="same")
        assert guests["cart"]["id"] != mine

    async def test_fill_their_cart(self, carts: Any) -> None:
        variant = await carts.list_variant()
        made = await carts.create(ANONYMOUS)
        cart_id, token = made["cart"]["id"], made["guestToken"]
        cart = (await carts.add(cart_id, variant, 2, ANONYMOUS, guestToken=token))["cart"]
        assert cart["owner"] is None
        line_id = cart["lines"][0]["id"]
        cart = (await carts.change(cart_id, line_id, 5, ANONYMOUS, guestToken=token))["cart"]
        assert cart["subtotal"]["minorUnits"] == 2500
        assert (await carts.remove(cart_id, line_id, ANONYMOUS, guestToken=token))["cart"]["lines"] == []

    async def test_keys_of_two_guests_do_not_meet(self, carts: Any) -> None:
        variant = await carts.list_variant()
        for made in (await carts.create(ANONYMOUS), await carts.create(ANONYMOUS)):
            added = await carts.add(
                made["cart"]["id"], variant, 1, ANONYMOUS, guestToken=made["guestToken"], idempotencyKey="1"
            )
            assert added["errors"] == []

    async def test_a_repeated_key_needs_the_secret_too(self, carts: Any, refusals: Any) -> None:
        variant = await carts.list_variant()
        made = await carts.create(ANONYMOUS)
        cart_id = made["cart"]["id"]
        await carts.add(cart_id, variant, 1, ANONYMOUS, guestToken=made["guestToken"], idempotencyKey="k")
        stolen = await carts.add(cart_id, variant, 1, ANONYMOUS, guestToken="guess", idempotencyKey="k")
        assert refusals(stolen) == [("IDEMPOTENCY_CONFLICT", ["idempotencyKey"])]


class TestClaimCart:
    async def fill(self, carts: Any, *variants: str, quantity: int = 1, **given: Any) -> tuple[str, str]:
        made = await carts.create(ANONYMOUS, **given)
        cart_id, token = made["cart"]["id"], made["guestToken"]
        for variant in variants:
            await carts.add(cart_id, variant, quantity, ANONYMOUS, guestToken=token)
        return cart_id, token

    async def test_takes_the_lines_of_ones_own_cart_and_keeps_its_id(self, carts: Any) -> None:
        first, second = [await carts.list_variant(number) for number in (1, 2)]
        mine = await carts.start(ME)
        await carts.add(mine, first, 998, ME)
        guest, token = await self.fill(carts, first, second, quantity=3)
        await carts.changes()
        cart = (await carts.claim(guest, token, ME))["cart"]
        assert (cart["id"], cart["owner"]) == (guest, {"id": ME.user_id})
        assert [(line["variant"]["id"], line["quantity"]) for line in cart["lines"]] == [(first, 999), (second, 3)]
        left = await carts.read(mine, ME)
        assert (left["status"], left["mergedIntoId"]) == ("MERGED", guest)
        told = [(event.cart_id, event.status, event.revision, event.owner_id) for event in await carts.changes()]
        assert sorted(told) == sorted([(mine, "MERGED", 3, ME.user_id), (guest, "ACTIVE", 4, ME.user_id)])

    async def test_keeps_carts_of_another_currency_beside(self, carts: Any) -> None:
        variant = await carts.list_variant()
        dollars = await carts.start(ME, currency="USD")
        guest, token = await self.fill(carts, variant)
        cart = (await carts.claim(guest, token, ME))["cart"]
        assert (cart["id"], cart["currency"], cart["owner"]) == (guest, "EUR", {"id": ME.user_id})
        assert len(cart["lines"]) == 1
        kept = await carts.read(dollars, ME)
        assert (kept["status"], kept["lines"]) == ("ACTIVE", [])
        assert (await carts.mine(ME))["id"] == guest

    async def test_the_secret_opens_nothing_afterwards(self, carts: Any, refusals: Any) -> None:
        variant = await carts.list_variant()
        guest, token = await self.fill(carts, variant)
        await carts.claim(guest, token, ME)
        for principal in (ANONYMOUS, OTHER):
            assert await carts.read(guest, principal, token) is None
            payload = await carts.add(guest, variant, 1, principal, guestToken=token)
            assert refusals(payload) == [("NOT_FOUND", ["cartId"])]
        assert (await carts.add(guest, variant, 1, ME, guestToken=token))["cart"]["lines"][0]["quantity"] == 2

    async def test_is_safe_to_repeat(self, carts: Any, refusals: Any) -> None:
        variant = await carts.list_variant()
        guest, token = await self.fill(carts, variant, quantity=2)
        first = await carts.claim(guest, token, ME)
        assert await carts.claim(guest, token, ME) == first
        assert refusals(await carts.claim(guest, token, OTHER)) == [("NOT_FOUND", ["cartId"])]
        assert await carts.mine(OTHER) is None

    async def test_takes_effect_once_for_two_at_a_time(self, carts: Any) -> None:
        variant = await carts.list_variant()
        guest, token = await self.fill(carts, variant, quantity=2)
        payloads = await asyncio.gather(*(carts.claim(guest, token, user) for user in (ME, OTHER, ME, OTHER)))
        owners = [payload["cart"]["owner"]["id"] for payload in payloads if payload["cart"]]
        assert len(owners) == 2
        assert len(set(owners)) == 1

    @pytest.mark.parametrize("token", ["", "wrong"])
    async def test_a_wrong_secret_finds_no_cart(self, carts: Any, refusals: Any, token: str) -> None:
        guest, _ = await self.fill(carts, await carts.list_variant())
        assert refusals(await carts.claim(guest, token, ME)) == [("NOT_FOUND", ["cartId"])]
        assert (await carts.read(guest, STAFF))["status"] == "ACTIVE"

    async def test_a_merged_cart_is_closed_and_says_where_its_lines_are(self, carts: Any, refusals: Any) -> None:
        variant = await carts.list_variant()
        mine = await carts.start(ME)
        guest, token = await self.fill(carts, variant)
        await carts.claim(guest, token, ME)
        payload = await carts.add(mine, variant, 1, ME)
        assert refusals(payload) == [("CART_NOT_ACTIVE", ["cartId"])]
        assert f"is MERGED and cannot be changed. Use cart {guest!r}." in payload["errors"][0]["message"]

    async def test_a_cart_that_was_merged_since_answers_where_its_lines_are(self, carts: Any) -> None:
        variant = await carts.list_variant()
        first, second = [await self.fill(carts, variant) for _ in range(2)]
        await carts.claim(*first, ME)
        cart = (await carts.claim(*second, ME))["cart"]
        assert (await carts.claim(*first, ME))["cart"] == cart
        assert (cart["id"], cart["lines"][0]["quantity"]) == (second[0], 2)

    async def test_a_cart_that_ended_cannot_be_claimed(self, carts: Any, refusals: Any) -> None:
        guest, token = await self.fill(carts, await carts.list_variant())
        carts.subgraph.clock.advance(31 * 24 * 3600)
        await carts.subgraph.run_jobs()
        assert refusals(await carts.claim(guest, token, ME)) == [("CART_NOT_ACTIVE", ["cartId"])]

    async def test_what_does_not_fit_stays_beside(self, tmp_path: Path, carts_on: Any) -> None:
        async with open_subgraph("carts", tmp_path, environ={"ENTREPOT_CARTS_MAX_LINES": "2"}) as subgraph:
            carts = carts_on(subgraph)
            variants = [await carts.list_variant(number) for number in range(3)]
            full = await carts.start(ME)
            for variant in variants[:2]:
                await carts.add(full, variant)
            guest, token = await self.fill(carts, variants[2])
            cart = (await carts.claim(guest, token, ME))["cart"]
            assert cart["id"] != full
            assert [line["variant"]["id"] for line in cart["lines"]] == [variants[2]]
            last = [event for event in await carts.changes() if event.cart_id == full][-1]
            kept = await carts.read(full, ME)
            assert (len(kept["lines"]), kept["status"], kept["revision"]) == (2, "ACTIVE", last.revision)

    async def test_needs_a_login(self, carts: Any) -> None:
        query = 'mutation { claimCart(input: { cartId: "a", guestToken: "b" }) { cart { id } } }'
        response = await carts.subgraph.execute(query, ANONYMOUS)
        assert response["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
