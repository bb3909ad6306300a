"""A guest fills a cart, becomes somebody at the checkout, and orders at once."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support.buying import (
    ADD_LINE,
    CREATE_CART,
    PASSWORD,
    PLACE,
    fill_cart,
    find_variant,
    order_input,
    place_order,
    register,
    watch,
)
from tests.support.clients import GraphQLClient
from tests.support.invariants import check_invariants
from tests.support.mesh import Shop, open_shop

SKU, OTHER_SKU = "PRESS-DOCK-1L", "BEAN-HARBOUR-250"
CART = "cart { id revision status currency total { minorUnits } lines { quantity variant { sku name } } }"
ERRORS = "errors { __typename ... on UserError { code message } }"
REGISTER = f"mutation ($input: RegisterInput!) {{ register(input: $input) {{ accessToken {CART} {ERRORS} }} }}"
LOGIN = f"mutation ($input: LoginInput!) {{ login(input: $input) {{ accessToken {CART} {ERRORS} }} }}"
CLAIM = f"mutation ($input: ClaimCartInput!) {{ claimCart(input: $input) {{ {CART} {ERRORS} }} }}"
MY_CART = "{ myCart { id revision lines { quantity variant { sku } } } }"

_numbers = itertools.count(1)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path_factory.mktemp("guests")) as shop:
        yield shop
        await shop.running.wait_until_idle()
        await check_invariants(shop.running)


def new_email() -> str:
    return f"guest{next(_numbers)}@journey.example"


async def fill_as_guest(shop: Shop, sku: str = SKU, quantity: int = 2) -> dict[str, str]:
    """A guest's cart with one line, as a sign-in takes it."""
    variant = await find_variant(shop.client, sku)
    key = f"guest-{next(_numbers)}"
    made = (await shop.client.data(CREATE_CART, input={"currency": "EUR", "idempotencyKey": key}))["createCart"]
    line = {
        "cartId": made["cart"]["id"],
        "guestToken": made["guestToken"],
        "variantId": variant["id"],
        "quantity": quantity,
        "idempotencyKey": key,
    }
    assert (await shop.client.data(ADD_LINE, input=line))["addCartLine"]["errors"] == []
    return {"id": made["cart"]["id"], "token": made["guestToken"]}


async def sign_up(shop: Shop, guest: dict[str, str], email: str = "") -> dict[str, Any]:
    email = email or new_email()
    given = {"email": email, "password": PASSWORD, "name": "New", "guestCart": guest, "idempotencyKey": email}
    payload: dict[str, Any] = (await shop.client.data(REGISTER, input=given))["register"]
    assert payload["errors"] == []
    return payload


async def log_in(shop: Shop, guest: dict[str, str], email: str, password: str = PASSWORD) -> dict[str, Any]:
    given = {"email": email, "password": password, "guestCart": guest}
    payload: dict[str, Any] = (await shop.client.data(LOGIN, input=given))["login"]
    assert payload["errors"] == []
    return payload


async def order_at_once(client: GraphQLClient, cart: dict[str, Any]) -> None:
    order = await place_order(client, cart)
    assert (await watch(client, order["id"]))[-1]["status"] == "CONFIRMED"


def pieces(cart: dict[str, Any]) -> dict[str, int]:
    return {line["variant"]["sku"]: line["quantity"] for line in cart["lines"]}


class TestOrderingAtOnce:
    async def test_after_registering(self, shop: Shop) -> None:
        guest = await fill_as_guest(shop)
        payload = await sign_up(shop, guest)
        cart, client = payload["cart"], shop.client.as_(payload["accessToken"])
        assert (cart["id"], cart["status"], pieces(cart)) == (guest["id"], "ACTIVE", {SKU: 2})
        assert cart["lines"][0]["variant"]["name"]
        mine = (await client.data(MY_CART))["myCart"]
        assert (mine["id"], mine["revision"], pieces(mine)) == (cart["id"], cart["revision"], {SKU: 2})
        await order_at_once(client, cart)

    async def test_after_a_repeated_registration(self, shop: Shop) -> None:
        guest = await fill_as_guest(shop)
        email = new_email()
        first = await sign_up(shop, guest, email)
        again = await sign_up(shop, guest, email)
        assert again["cart"] == first["cart"]
        await order_at_once(shop.client.as_(again["accessToken"]), again["cart"])

    async def test_after_logging_in_without_an_active_cart(self, shop: Shop) -> None:
        email = new_email()
        await register(shop.client, email)
        guest = await fill_as_guest(shop)
        payload = await log_in(shop, guest, email)
        assert (payload["cart"]["id"], pieces(payload["cart"])) == (guest["id"], {SKU: 2})
        await order_at_once(shop.client.as_(payload["accessToken"]), payload["cart"])

    async def test_after_logging_in_with_an_active_cart(self, shop: Shop) -> None:
        email = new_email()
        ada = await register(shop.client, email)
        other = await find_variant(ada, OTHER_SKU)
        mine = await fill_cart(ada, other["id"], 3)
        guest = await fill_as_guest(shop)
        payload = await log_in(shop, guest, email)
        cart, client = payload["cart"], shop.client.as_(payload["accessToken"])
        assert (cart["id"], pieces(cart)) == (guest["id"], {SKU: 2, OTHER_SKU: 3})
        assert (await client.data(MY_CART))["myCart"]["id"] == guest["id"]
        left = await client.data("query ($id: ID!) { cart(id: $id) { status mergedIntoId } }", id=mine["id"])
        assert left["cart"] == {"status": "MERGED", "mergedIntoId": guest["id"]}
        await order_at_once(client, cart)

    async def test_after_logging_in_with_a_cart_in_another_currency(self, shop: Shop) -> None:
        email = new_email()
        ada = await register(shop.client, email)
        guest = await fill_as_guest(shop)
        dollars = await ada.data(CREATE_CART, input={"currency": "USD", "idempotencyKey": "usd"})
        payload = await log_in(shop, guest, email)
        client = shop.client.as_(payload["accessToken"])
        assert (payload["cart"]["id"], payload["cart"]["currency"]) == (guest["id"], "EUR")
        assert (await client.data(MY_CART))["myCart"]["id"] == guest["id"]
        await order_at_once(client, payload["cart"])
        assert (await client.data(MY_CART))["myCart"]["id"] == dollars["createCart"]["cart"]["id"]

    async def test_after_claiming_the_cart(self, shop: Shop) -> None:
        email = new_email()
        ada = await register(shop.client, email)
        guest = await fill_as_guest(shop)
        given = {"cartId": guest["id"], "guestToken": guest["token"]}
        payload = (await ada.data(CLAIM, input=given))["claimCart"]
        assert (payload["errors"], payload["cart"]["id"]) == ([], guest["id"])
        await order_at_once(ada, payload["cart"])

    async def test_what_was_added_while_an_order_was_under_way(self, shop: Shop) -> None:
        ada = await register(shop.client, new_email())
        variant, other = [await find_variant(ada, sku) for sku in (SKU, OTHER_SKU)]
        for _ in range(20):
            cart = await fill_cart(ada, variant["id"])
            line = {"cartId": cart["id"], "variantId": other["id"], "quantity": 2, "idempotencyKey": cart["id"]}
            given = await order_input(ada, cart)
            placed, added = await asyncio.gather(ada.data(PLACE, input=given), ada.data(ADD_LINE, input=line))
            assert placed["placeOrder"]["errors"] == []
            assert (await watch(ada, placed["placeOrder"]["order"]["id"]))[-1]["status"] == "CONFIRMED"
            if not added["addCartLine"]["errors"]:
                break
        else:
            pytest.fail("carts always heard of the order before the line came")
        await shop.running.wait_until_idle()
        mine = (await ada.data(MY_CART))["myCart"]
        assert (mine["id"] != cart["id"], pieces(mine)) == (True, {OTHER_SKU: 2})
        await order_at_once(ada, mine)


class TestTheResponse:
    async def test_without_a_guests_cart_there_is_none(self, shop: Shop) -> None:
        payload = await sign_up(shop, None)  # type: ignore[arg-type]  # what a client without a cart sends
        assert payload["cart"] is None

    async def test_a_wrong_secret_signs_in_and_brings_nothing(self, shop: Shop) -> None:
        guest = await fill_as_guest(shop)
        payload = await sign_up(shop, {**guest, "token": "wrong"})
        assert (payload["cart"], bool(payload["accessToken"])) == (None, True)
        kept = await shop.client.data(
            "query ($id: ID!, $token: String!) { cart(id: $id, guestToken: $token) { status } }", **guest
        )
        assert kept["cart"] == {"status": "ACTIVE"}

    async def test_a_cart_that_is_somebodys_by_now_is_not_shown(self, shop: Shop) -> None:
        guest = await fill_as_guest(shop)
        await sign_up(shop, guest, "first@journey.example")
        payload = await sign_up(shop, guest, "second@journey.example")
        assert payload["cart"] is None

    async def test_no_client_can_select_the_claim(self, shop: Shop) -> None:
        for selection in ("claim", "cart { claim }"):
            document = f'mutation {{ login(input: {{ email: "a", password: "b" }}) {{ {selection} }} }}'
            answer = await shop.client.send(document)
            assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"

    async def test_the_revision_seen_as_a_guest_is_refused_as_changed(self, shop: Shop) -> None:
        guest = await fill_as_guest(shop)
        given = {"email": "x@journey.example", "password": PASSWORD, "name": "X", "guestCart": guest}
        document = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }"
        token = (await shop.client.data(document, input={**given, "idempotencyKey": "x"}))["register"]["accessToken"]
        seen = {"id": guest["id"], "revision": 2}
        client = shop.client.as_(token)
        payload = (await client.data(PLACE, input=await order_input(client, seen)))["placeOrder"]
        assert [error["code"] for error in payload["errors"]] == ["CART_CHANGED"]


class TestGuests:
    async def test_are_nobody_without_an_error(self, shop: Shop) -> None:
        answer = await shop.client.send("{ me { name } myCart { id } myCarts { edges { node { id } } } }")
        assert answer == {"data": {"me": None, "myCart": None, "myCarts": {"edges": []}}}

    async def test_a_token_that_is_no_token_is_still_refused(self, shop: Shop) -> None:
        answer = await shop.client.as_("not-a-token").send("{ me { name } }")
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
