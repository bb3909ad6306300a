"""Carts as customers and staff see them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.auth import ANONYMOUS
from entrepot.shared.events.contracts.carts import CartLineFacts
from tests.support.subgraphs import customer, open_subgraph

ME, OTHER, STAFF = customer(1), customer(2), customer(9, "carts:read")


class TestCreateCart:
    async def test_a_customer_gets_an_empty_cart(self, carts: Any) -> None:
        payload = await carts.create(ME)
        assert payload["guestToken"] is None
        cart = payload["cart"]
        assert cart["id"].startswith("crt_")
        assert {name: cart[name] for name in ("revision", "status", "currency", "channel", "lines", "taxLines")} == {
            "revision": 1,
            "status": "ACTIVE",
            "currency": "EUR",
            "channel": "default",
            "lines": [],
            "taxLines": [],
        }
        assert cart["owner"] == {"id": ME.user_id}
        assert cart["total"] == {"minorUnits": 0}
        assert cart["allowedTransitions"] == ["CONVERTING", "MERGED"]

    async def test_is_announced(self, carts: Any) -> None:
        cart_id = await carts.start(ME)
        (event,) = await carts.changes()
        assert (event.cart_id, event.revision, event.owner_id, event.lines) == (cart_id, 1, ME.user_id, ())

    async def test_a_repeated_key_answers_with_the_same_cart(self, carts: Any) -> None:
        first = await carts.create(ME, idempotencyKey="same")
        assert await carts.create(ME, idempotencyKey="same") == first
        assert len(await carts.changes()) == 1

    async def test_a_key_is_the_callers_own(self, carts: Any) -> None:
        first = await carts.start(ME, idempotencyKey="same")
        assert await carts.start(OTHER, idempotencyKey="same") != first

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"channel": ""}, "BAD_USER_INPUT", ["channel"]),
            ({"channel": "No Channel"}, "BAD_USER_INPUT", ["channel"]),
            ({"channel": "x" * 33}, "BAD_USER_INPUT", ["channel"]),
            ({"idempotencyKey": ""}, "BAD_USER_INPUT", ["idempotencyKey"]),
            ({"idempotencyKey": "x" * 256}, "BAD_USER_INPUT", ["idempotencyKey"]),
            ({"idempotencyKey": "used", "currency": "USD"}, "IDEMPOTENCY_CONFLICT", ["idempotencyKey"]),
        ],
    )
    async def test_bad_input_changes_nothing(
        self, carts: Any, refusals: Any, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        await carts.create(ME, idempotencyKey="used")
        await carts.changes()
        assert refusals(await carts.create(ME, **given)) == [(code, path)]
        assert await carts.changes() == []

    async def test_a_currency_is_one_of_iso_4217(self, carts: Any) -> None:
        query = 'mutation { createCart(input: { currency: "XXX", idempotencyKey: "k" }) { cart { id } } }'
        response = await carts.subgraph.execute(query, ME)
        assert response["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


class TestVisibility:
    async def test_another_customers_cart_answers_like_an_unknown_one(self, carts: Any) -> None:
        variant = await carts.list_variant()
        cart_id = await carts.start(ME)
        line_id = (await carts.add(cart_id, variant))["cart"]["lines"][0]["id"]

        async def answers(identity: str) -> list[Any]:
            payloads = [
                await carts.add(identity, variant, 1, OTHER),
                await carts.change(identity, line_id, 2, OTHER),
                await carts.remove(identity, line_id, OTHER),
                await carts.claim(identity, "guess", OTHER),
            ]
            said = str([await carts.read(identity, OTHER), payloads])
            return said.replace(identity, "ID")

        assert await answers(cart_id) == await answers("crt_unknown")
        assert (await carts.read(cart_id, ME))["revision"] == 2

    async def test_staff_read_every_cart_and_change_none(self, carts: Any, refusals: Any) -> None:
        variant = await carts.list_variant()
        for owner in (ME, ANONYMOUS):
            cart_id = await carts.start(owner)
            assert (await carts.read(cart_id, STAFF))["id"] == cart_id
            assert refusals(await carts.add(cart_id, variant, 1, STAFF)) == [("NOT_FOUND", ["cartId"])]

    async def test_a_guest_has_no_cart_of_their_own_and_no_error(self, carts: Any) -> None:
        await carts.start(ANONYMOUS)
        query = "{ myCart { id } myCarts(first: 5) { edges { node { id } } pageInfo { hasNextPage endCursor } } }"
        assert await carts.subgraph.execute(query, ANONYMOUS) == {
            "data": {"myCart": None, "myCarts": {"edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}}
        }

    async def test_my_cart_is_the_one_used_last(self, carts: Any) -> None:
        variant = await carts.list_variant()
        older, newer = [await carts.start(ME) for _ in range(2)]
        assert (await carts.mine(ME))["id"] == newer
        carts.subgraph.clock.advance(60)
        await carts.add(older, variant)
        assert (await carts.mine(ME))["id"] == older

    async def test_my_cart_is_the_newest_unused_one_and_my_carts_are_all(self, carts: Any) -> None:
        assert await carts.mine(ME) is None
        started = [await carts.start(ME) for _ in range(3)]
        await carts.start(OTHER)
        assert (await carts.mine(ME))["id"] == started[2]
        query = """query ($after: String) {
          myCarts(first: 2, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }"""
        page = (await carts.subgraph.execute(query, ME))["data"]["myCarts"]
        assert [edge["node"]["id"] for edge in page["edges"]] == [started[2], started[1]]
        after = page["pageInfo"]["endCursor"]
        page = (await carts.subgraph.execute(query, ME, after=after))["data"]["myCarts"]
        assert [edge["node"]["id"] for edge in page["edges"]] == [started[0]]
        assert page["pageInfo"]["hasNextPage"] is False

    async def test_entities_are_shown_to_those_who_may_see_them_in_constant_statements(self, carts: Any) -> None:
        variants = [await carts.list_variant(number) for number in range(5)]
        users = [customer(number) for number in range(1, 21)]
        started = [await carts.start(user) for user in users]
        for cart_id, user in zip(started, users, strict=True):
            for variant in variants:
                await carts.add(cart_id, variant, 1, user)
        statements: list[str] = []
        stop = carts.subgraph.process.database.count_statements(statements.append)
        query = """query ($r: [_Any!]!) { _entities(representations: $r) {
          ... on Cart { id lines { quantity variant { sku } } total { minorUnits } problems { code } }
          ... on User { id cart { id } } } }"""
        representations = [
            *({"__typename": "Cart", "id": cart_id} for cart_id in [*started, "crt_unknown"]),
            *({"__typename": "User", "id": user.user_id} for user in users),
        ]

        async def entities(principal: Any) -> Any:
            statements.clear()
            return (await carts.subgraph.execute(query, principal, r=representations))["data"]["_entities"]

        shown = await entities(STAFF)
        assert len([text for text in statements if text.startswith("SELECT")]) == 3
        assert [cart and cart["total"]["minorUnits"] for cart in shown[:21]] == [2500] * 20 + [None]
        assert [user["cart"]["id"] for user in shown[21:]] == started
        mine = await entities(ME)
        stop()
        assert [bool(cart) for cart in mine[:21]] == [True] + [False] * 20
        assert [bool(user["cart"]) for user in mine[21:]] == [True] + [False] * 19

    async def test_a_reference_without_its_key_is_an_error_for_itself_alone(self, carts: Any) -> None:
        cart_id = await carts.start(ME)
        query = """query ($r: [_Any!]!) { _entities(representations: $r) {
          ... on Cart { id } ... on User { cart { id } } } }"""
        given = [{"__typename": "User"}, {"__typename": "User", "id": ME.user_id}, {"__typename": "Cart"}]
        response = await carts.subgraph.execute(query, ME, r=given)
        assert response["data"]["_entities"] == [None, {"cart": {"id": cart_id}}, None]
        assert [(error["path"], error["extensions"]["code"]) for error in response["errors"]] == [
            (["_entities", 0], "BAD_USER_INPUT"),
            (["_entities", 2], "BAD_USER_INPUT"),
        ]


class TestAddCartLine:
    async def test_prices_the_line_and_announces_the_cart(self, carts: Any) -> None:
        variant = await carts.list_variant(1, 1999)
        cart_id = await carts.start()
        cart = (await carts.add(cart_id, variant, 3))["cart"]
        (line,) = cart["lines"]
        assert line == {
            "id": line["id"],
            "quantity": 3,
            "variant": {"id": variant, "sku": "SKU-1"},
            "seller": {"id": "sel_1"},
            "problem": None,
            "unitPrice": {"minorUnits": 1999},
            "lineTotal": {"minorUnits": 5997, "currency": "EUR"},
        }
        assert cart["subtotal"] == {"minorUnits": 5997, "currency": "EUR", "amount": "59.97"}
        assert cart["total"] == {"minorUnits": 5997}
        event = (await carts.changes())[-1]
        assert (event.revision, event.status, event.currency, event.problems) == (2, "ACTIVE", "EUR", ())
        assert event.lines == (
            CartLineFacts(
                line_id=line["id"],
                variant_id=variant,
                seller_id="sel_1",
                sku="SKU-1",
                product_name="Cup",
                variant_name="Blue",
                quantity=3,
                unit_minor_units=1999,
            ),
        )

    async def test_the_same_variant_adds_up_on_one_line(self, carts: Any) -> None:
        variant = await carts.list_variant()
        cart_id = await carts.start()
        await carts.add(cart_id, variant, 2)
        cart = (await carts.add(cart_id, variant, 3))["cart"]
        assert [line["quantity"] for line in cart["lines"]] == [5]
        assert cart["revision"] == 3

    async def test_a_repeated_key_adds_once(self, carts: Any, refusals: Any) -> None:
        variant = await carts.list_variant()
        cart_id, second = await carts.start(), await carts.start()
        first = await carts.add(cart_id, variant, 2, idempotencyKey="same")
        assert await carts.add(cart_id, variant, 2, idempotencyKey="same") == first
        conflict = [("IDEMPOTENCY_CONFLICT", ["idempotencyKey"])]
        assert refusals(await carts.add(cart_id, variant, 3, idempotencyKey="same")) == conflict
        assert refusals(await carts.add(second, variant, 2, idempotencyKey="same")) == conflict
        assert (await carts.read(cart_id))["lines"][0]["quantity"] == 2

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"quantity": 0}, "BAD_USER_INPUT", ["quantity"]),
            ({"quantity": -1}, "BAD_USER_INPUT", ["quantity"]),
            ({"quantity": 1000}, "BAD_USER_INPUT", ["quantity"]),
            ({"quantity": 998}, "BAD_USER_INPUT", ["quantity"]),
            ({"variant_id": "var_unknown"}, "NOT_FOUND", ["variantId"]),
            ({"variant_id": ""}, "NOT_FOUND", ["variantId"]),
            ({"variant_id": "var_2"}, "NOT_FOR_SALE", ["variantId"]),
            ({"variant_id": "var_3"}, "NO_PRICE", ["variantId"]),
            ({"cart_id": "crt_unknown"}, "NOT_FOUND", ["cartId"]),
            ({"cart_id": "x" * 1000}, "NOT_FOUND", ["cartId"]),
            ({"expectedRevision": 1}, "STALE_VERSION", None),
            ({"expectedRevision": 3}, "STALE_VERSION", None),
            ({"idempotencyKey": ""}, "BAD_USER_INPUT", ["idempotencyKey"]),
        ],
    )
    async def test_bad_input_changes_nothing(
        self, carts: Any, refusals: Any, given: dict[str, Any], code: str, path: list[str] | None
    ) -> None:
        variant = await carts.list_variant(1)
        await carts.list_variant(2, is_sellable=False)
        await carts.list_variant(3, None)
        cart_id = await carts.start()
        await carts.add(cart_id, variant, 2)
        await carts.changes()
        before = await carts.read(cart_id)
        payload = await carts.add(**{"cart_id": cart_id, "variant_id": variant, "quantity": 1, **given})
        assert refusals(payload) == [(code, path)]
        assert await carts.read(cart_id) == before
        assert await carts.changes() == []

    async def test_a_refused_key_can_be_used_again(self, carts: Any) -> None:
        variant = await carts.list_variant(1, is_sellable=False)
        cart_id = await carts.start()
        assert (await carts.add(cart_id, variant, 1, idempotencyKey="k"))["errors"]
        await carts.list_variant(1)
        assert (await carts.add(cart_id, variant, 1, idempotencyKey="k"))["cart"]["revision"] == 2

    async def test_the_expected_revision_lets_one_of_two_pass(self, carts: Any) -> None:
        variant = await carts.list_variant()
        cart_id = await carts.start()
        payloads = await asyncio.gather(*(carts.add(cart_id, variant, 1, expectedRevision=1) for _ in range(5)))
        assert len([payload for payload in payloads if payload["cart"]]) == 1
        assert (await carts.read(cart_id))["lines"][0]["quantity"] == 1

    async def test_two_changes_of_one_request_each_show_what_they_made(self, carts: Any) -> None:
        variant = await carts.list_variant()
        cart_id = await carts.start()
        add = 'addCartLine(input: {{ cartId: "{}", variantId: "{}", quantity: 1, idempotencyKey: "{}" }})'
        shown = "{ cart { revision lines { quantity } } }"
        first, second = (f"{key}: {add.format(cart_id, variant, key)} {shown}" for key in "ab")
        query = f"mutation {{ {first} {second} }}"
        data = (await carts.subgraph.execute(query, ME))["data"]
        assert [data[name]["cart"]["lines"][0]["quantity"] for name in "ab"] == [1, 2]

    async def test_a_cart_takes_only_so_many_lines(self, tmp_path: Path, carts_on: Any, refusals: Any) -> None:
        environ = {"ENTREPOT_CARTS_MAX_LINES": "2", "ENTREPOT_CARTS_MAX_QUANTITY": "5"}
        async with open_subgraph("carts", tmp_path, environ=environ) as subgraph:
            carts = carts_on(subgraph)
            variants = [await carts.list_variant(number) for number in range(3)]
            cart_id = await carts.start()
            for variant in variants[:2]:
                await carts.add(cart_id, variant)
            assert refusals(await carts.add(cart_id, variants[2])) == [("CART_FULL", ["variantId"])]
            assert (await carts.add(cart_id, variants[0], 4))["cart"]["lines"][0]["quantity"] == 5
            payload = await carts.add(cart_id, variants[0])
            assert refusals(payload) == [("BAD_USER_INPUT", ["quantity"])]
            assert "up to 0 more" in payload["errors"][0]["message"]

    async def test_statements_do_not_grow_with_the_lines(self, carts: Any) -> None:
        cart_id = await carts.start()
        counts = []
        for number in range(12):
            variant = await carts.list_variant(number)
            statements: list[str] = []
            stop = carts.subgraph.process.database.count_statements(statements.append)
            await carts.add(cart_id, variant)
            stop()
            counts.append(len(statements))
        assert counts[1] == counts[11]


class TestChangeCartLine:
    @pytest.mark.parametrize("quantity", [0, -1, 1000])
    async def test_refuses_what_is_no_quantity(self, carts: Any, refusals: Any, quantity: int) -> None:
        cart_id = await carts.start()
        line_id = (await carts.add(cart_id, await carts.list_variant()))["cart"]["lines"][0]["id"]
        payload = await carts.change(cart_id, line_id, quantity)
        assert refusals(payload) == [("BAD_USER_INPUT", ["quantity"])]
        assert ("removeCartLine" in payload["errors"][0]["message"]) is (quantity == 0)

    async def test_sets_the_quantity(self, carts: Any) -> None:
        cart_id = await carts.start()
        line_id = (await carts.add(cart_id, await carts.list_variant(), 5))["cart"]["lines"][0]["id"]
        for quantity in (999, 1):
            cart = (await carts.change(cart_id, line_id, quantity))["cart"]
            assert cart["lines"][0]["quantity"] == quantity
            assert cart["subtotal"]["minorUnits"] == quantity * 500

    async def test_a_line_of_another_cart_is_unknown(self, carts: Any, refusals: Any) -> None:
        variant = await carts.list_variant()
        first, second = await carts.start(), await carts.start()
        line_id = (await carts.add(first, variant))["cart"]["lines"][0]["id"]
        assert refusals(await carts.change(second, line_id, 2)) == [("NOT_FOUND", ["lineId"])]
        assert refusals(await carts.remove(second, line_id)) == [("NOT_FOUND", ["lineId"])]
        assert [(await carts.read(cart_id))["revision"] for cart_id in (first, second)] == [2, 1]

    async def test_what_cannot_be_bought_can_only_become_less(self, carts: Any, refusals: Any) -> None:
        variant = await carts.list_variant()
        cart_id = await carts.start()
        line_id = (await carts.add(cart_id, variant, 5))["cart"]["lines"][0]["id"]
        await carts.list_variant(1, is_sellable=False)
        assert refusals(await carts.change(cart_id, line_id, 6)) == [("NOT_FOR_SALE", ["lineId"])]
        assert (await carts.change(cart_id, line_id, 4))["cart"]["lines"][0]["quantity"] == 4

    async def test_a_stale_revision_is_refused(self, carts: Any, refusals: Any) -> None:
        cart_id = await carts.start()
        line_id = (await carts.add(cart_id, await carts.list_variant()))["cart"]["lines"][0]["id"]
        assert refusals(await carts.change(cart_id, line_id, 2, expectedRevision=1)) == [("STALE_VERSION", None)]
        assert (await carts.change(cart_id, line_id, 2, expectedRevision=2))["cart"]["revision"] == 3


class TestRemoveCartLine:
    async def test_takes_the_line_out(self, carts: Any, refusals: Any) -> None:
        variants = [await carts.list_variant(number) for number in (1, 2)]
        cart_id = await carts.start()
        for variant in variants:
            cart = (await carts.add(cart_id, variant))["cart"]
        line_id = cart["lines"][0]["id"]
        assert refusals(await carts.remove(cart_id, line_id, expectedRevision=1)) == [("STALE_VERSION", None)]
        cart = (await carts.remove(cart_id, line_id, expectedRevision=3))["cart"]
        assert [line["variant"]["id"] for line in cart["lines"]] == [variants[1]]
        assert refusals(await carts.remove(cart_id, line_id)) == [("NOT_FOUND", ["lineId"])]
        assert [line.variant_id for line in (await carts.changes())[-1].lines] == [variants[1]]
