"""How many carts guests create from one address, which the router tells carts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.buying import register
from tests.support.clients import GraphQLClient
from tests.support.mesh import open_shop

CREATE = """mutation ($input: CreateCartInput!) { createCart(input: $input) { cart { id } errors {
  __typename ... on UserError { code message } ... on TooManyGuestCartsError { retryAfter } } } }"""


async def create(client: GraphQLClient, number: int) -> dict[str, Any]:
    payload: dict[str, Any] = (
        await client.data(CREATE, input={"currency": "EUR", "idempotencyKey": f"limited-{number}"})
    )["createCart"]
    return payload


async def test_those_of_one_address_have_to_wait_and_customers_have_not(tmp_path: Path) -> None:
    environ = {
        "ENTREPOT_CARTS_GUEST_CARTS_BY_ADDRESS": "3",
        "ENTREPOT_CARTS_SECONDS_PER_GUEST_CART_BY_ADDRESS": "600",
    }
    async with open_shop(tmp_path, environ=environ) as shop:
        payloads = [await create(shop.client, number) for number in range(4)]
        assert [bool(payload["cart"]) for payload in payloads] == [True, True, True, False]
        (error,) = payloads[3]["errors"]
        assert (error["__typename"], error["code"]) == ("TooManyGuestCartsError", "RATE_LIMITED")
        assert 590 <= error["retryAfter"] <= 600
        ada = await register(shop.client, "ada@limits.example")
        assert all([(await create(ada, number))["cart"] for number in range(10, 15)])
