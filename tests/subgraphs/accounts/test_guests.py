"""Guests: who they are before they sign in, and the cart that they bring."""

from __future__ import annotations

from entrepot.shared.auth import ANONYMOUS
from entrepot.shared.graphql.cart_claims import CartClaim
from tests.support.accounts import PASSWORD, Accounts

SIGN_IN = "claim user { id } errors { __typename }"


class TestGuests:
    async def test_a_guest_is_nobody(self, accounts: Accounts) -> None:
        found = await accounts.under_test.execute("{ me { id } }", ANONYMOUS)
        assert found == {"data": {"me": None}}

    async def test_a_form_that_is_all_wrong_says_all_at_once(self, accounts: Accounts) -> None:
        payload = await accounts.register(
            email="ada", name=" ", password="short", idempotencyKey="", guestCart={"id": "", "token": ""}
        )
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [
            ("BAD_USER_INPUT", ["email"]),
            ("BAD_USER_INPUT", ["name"]),
            ("WEAK_PASSWORD", ["password"]),
            ("BAD_USER_INPUT", ["guestCart", "id"]),
            ("BAD_USER_INPUT", ["guestCart", "token"]),
            ("BAD_USER_INPUT", ["idempotencyKey"]),
        ]
        assert await accounts.count("users") == 0


class TestClaims:
    async def sign_in(self, accounts: Accounts, name: str, /, **given: object) -> tuple[str | None, str]:
        """The claim by which carts show the cart, and whose it is."""
        kind = f"{name.title()}Input"
        document = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {SIGN_IN} }} }}"
        given = {"email": "ada@example.com", "password": PASSWORD, **given}
        payload = (await accounts.under_test.execute(document, ANONYMOUS, input=given))["data"][name]
        assert payload["errors"] == []
        return payload["claim"], payload["user"]["id"]

    async def test_name_the_cart_its_secret_and_the_user(self, accounts: Accounts) -> None:
        cart = {"id": "crt_1", "token": 'a "secret"'}
        for name, given in (("register", {"name": "Ada", "idempotencyKey": "k"}), ("login", {})):
            text, user_id = await self.sign_in(accounts, name, guestCart=cart, **given)
            assert text is not None
            assert CartClaim.from_key(text) == CartClaim(user_id, "crt_1", 'a "secret"')

    async def test_there_is_none_without_a_cart(self, accounts: Accounts) -> None:
        assert (await self.sign_in(accounts, "register", name="Ada", idempotencyKey="k"))[0] is None
        assert (await self.sign_in(accounts, "login"))[0] is None
