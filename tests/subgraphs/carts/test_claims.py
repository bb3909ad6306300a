"""What the response to a sign-in shows of the cart that came with it: asked by the router for somebody anonymous."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest

from entrepot.shared.auth import ANONYMOUS
from entrepot.shared.events.contracts.accounts import UserSignedIn
from entrepot.shared.graphql.cart_claims import CartClaim
from tests.support.subgraphs import customer

ME, OTHER = customer(1), customer(2)


@pytest.fixture
async def guest(carts: Any) -> tuple[str, str]:
    """A guest's cart with two pieces, and its secret."""
    made = await carts.create(ANONYMOUS)
    cart_id, token = made["cart"]["id"], made["guestToken"]
    await carts.add(cart_id, await carts.list_variant(), 2, ANONYMOUS, guestToken=token)
    return cart_id, token


async def sign_in(carts: Any, cart_id: str, token: str, user: Any = ME) -> None:
    digest = hashlib.sha256(token.encode()).hexdigest()
    event = UserSignedIn(user_id=user.user_id, session_id="ses_1", guest_cart_id=cart_id, guest_cart_token_hash=digest)
    await carts.subgraph.receive(event)


async def resolve(carts: Any, *claims: str) -> dict[str, Any]:
    query = """query ($r: [_Any!]!) { _entities(representations: $r) {
      ... on LoginPayload { cart { id revision status total { minorUnits } lines { quantity } } } } }"""
    given = [{"__typename": "LoginPayload", "claim": claim} for claim in claims]
    response: dict[str, Any] = await carts.subgraph.execute(query, ANONYMOUS, r=given)
    return response


def claim(cart_id: str, token: str, user: Any = ME) -> str:
    return CartClaim(str(user.user_id), cart_id, token).to_key()


def shown(response: dict[str, Any]) -> Any:
    assert "errors" not in response, response
    (payload,) = response["data"]["_entities"]
    return payload["cart"]


class TestClaims:
    async def test_waits_until_the_sign_in_has_arrived(self, carts: Any, guest: tuple[str, str]) -> None:
        waiting = asyncio.create_task(resolve(carts, claim(*guest)))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await sign_in(carts, *guest)
        assert shown(await waiting) == {
            "id": guest[0],
            "revision": 3,
            "status": "ACTIVE",
            "total": {"minorUnits": 1000},
            "lines": [{"quantity": 2}],
        }

    async def test_holds_what_was_in_the_customers_cart(self, carts: Any, guest: tuple[str, str]) -> None:
        mine = await carts.start(ME)
        await carts.add(mine, "var_1", 5)
        await sign_in(carts, *guest)
        cart = shown(await resolve(carts, claim(*guest)))
        assert (cart["id"], cart["lines"]) == (guest[0], [{"quantity": 7}])

    async def test_a_sign_in_that_does_not_arrive_is_not_waited_for_longer(
        self, carts: Any, guest: tuple[str, str]
    ) -> None:
        waiting = asyncio.create_task(resolve(carts, claim(*guest)))
        for _ in range(40):
            await asyncio.sleep(0.01)
            carts.subgraph.clock.advance(0.1)
        assert shown(await waiting) is None

    async def test_shows_nothing_to_anybody_else(self, carts: Any, guest: tuple[str, str]) -> None:
        wrong = [claim(guest[0], "wrong"), claim(guest[0], ""), claim("crt_none", guest[1])]
        for text in wrong:
            assert shown(await resolve(carts, text)) is None
        await sign_in(carts, *guest)
        for text in (*wrong, claim(*guest, OTHER)):
            assert shown(await resolve(carts, text)) is None

    async def test_the_secret_of_a_customers_cart_is_none(self, carts: Any) -> None:
        mine = await carts.start(ME)
        assert shown(await resolve(carts, claim(mine, ""))) is None

    async def test_shows_it_for_a_few_minutes_only(self, carts: Any, guest: tuple[str, str]) -> None:
        await sign_in(carts, *guest)
        carts.subgraph.clock.advance(299)
        assert shown(await resolve(carts, claim(*guest)))["id"] == guest[0]
        carts.subgraph.clock.advance(2)
        assert shown(await resolve(carts, claim(*guest))) is None

    async def test_without_a_guests_cart_there_is_none(self, carts: Any) -> None:
        for kind in ("LoginPayload", "RegisterPayload"):
            query = f"query ($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on {kind} {{ cart {{ id }} }} }} }}"
            given = [{"__typename": kind, "claim": None}, {"__typename": kind}]
            response = await carts.subgraph.execute(query, ANONYMOUS, r=given)
            assert response["data"]["_entities"] == [{"cart": None}, None]
            assert [error["path"] for error in response["errors"]] == [["_entities", 1]]

    async def test_a_bad_claim_is_the_error_of_that_one_alone(self, carts: Any, guest: tuple[str, str]) -> None:
        await sign_in(carts, *guest)
        bad = ["", "[]", '["a", "b"]', '["a", "b", 3]', "{}"]
        response = await resolve(carts, *bad, claim(*guest))
        found = [payload["cart"] and payload["cart"]["id"] for payload in response["data"]["_entities"]]
        assert found == [None] * len(bad) + [guest[0]]
        assert {error["extensions"]["code"] for error in response["errors"]} == {"BAD_USER_INPUT"}
        assert [error["path"] for error in response["errors"]] == [
            ["_entities", number, "cart"] for number in range(len(bad))
        ]
