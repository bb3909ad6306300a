"""A card is added before the order that it pays, for one payment of its customer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.buying import (
    ADD_METHOD,
    PLACE,
    add_payment_method,
    fill_cart,
    find_variant,
    order_input,
    place_order,
    register,
    watch,
)
from tests.support.clients import GraphQLClient
from tests.support.invariants import check_invariants, rows
from tests.support.mesh import Shop, open_shop

SKU = "BEAN-HARBOUR-250"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path_factory.mktemp("methods")) as shop:
        yield shop
        await shop.running.wait_until_idle()
        await check_invariants(shop.running)


async def order_with(client: GraphQLClient, method: str | None) -> dict[str, Any]:
    """The payload of an order that is paid by the method."""
    cart = await fill_cart(client, (await find_variant(client, SKU))["id"])
    given = await order_input(client, cart) | {"paymentMethodId": method}
    payload: dict[str, Any] = (await client.data(PLACE, input=given))["placeOrder"]
    return payload


async def end_of(client: GraphQLClient, payload: dict[str, Any]) -> tuple[str, str | None]:
    assert payload["errors"] == []
    last = (await watch(client, payload["order"]["id"]))[-1]
    return last["status"], last["reason"]


async def test_a_method_pays_once(shop: Shop) -> None:
    ada = await register(shop.client, "once@methods.example")
    method = await add_payment_method(ada)
    assert await end_of(ada, await order_with(ada, method)) == ("CONFIRMED", None)
    assert await end_of(ada, await order_with(ada, method)) == ("CANCELLED", "INVALID_PAYMENT_METHOD")


async def test_nobody_pays_with_anothers_method(shop: Shop) -> None:
    ada = await register(shop.client, "hers@methods.example")
    eve = await register(shop.client, "eve@methods.example")
    method = await add_payment_method(ada)
    assert await end_of(eve, await order_with(eve, method)) == ("CANCELLED", "INVALID_PAYMENT_METHOD")
    assert await end_of(ada, await order_with(ada, method)) == ("CONFIRMED", None)


async def test_without_a_method_there_is_no_order(shop: Shop) -> None:
    ada = await register(shop.client, "none@methods.example")
    payload = await order_with(ada, None)
    assert [error["code"] for error in payload["errors"]] == ["BAD_USER_INPUT"]


async def test_a_repeated_request_adds_one(shop: Shop) -> None:
    ada = await register(shop.client, "twice@methods.example")
    method = await add_payment_method(ada, key="card")
    assert await add_payment_method(ada, key="card") == method
    assert await end_of(ada, await order_with(ada, method)) == ("CONFIRMED", None)
    # Also after it was used.
    assert await add_payment_method(ada, key="card") == method
    other = (await ada.data(ADD_METHOD, input={"token": "tok_declined", "idempotencyKey": "card"}))["addPaymentMethod"]
    assert [error["code"] for error in other["errors"]] == ["IDEMPOTENCY_CONFLICT"]


async def test_a_guest_adds_none(shop: Shop) -> None:
    answer = await shop.client.send(ADD_METHOD, {"input": {"token": "tok_visa", "idempotencyKey": "guest"}})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHORIZED_FIELD_OR_TYPE"]


@pytest.mark.parametrize("token", ["", "x" * 256])
async def test_a_token_of_a_wrong_length_is_refused(shop: Shop, token: str) -> None:
    ada = await register(shop.client, f"length{len(token)}@methods.example")
    payload = (await ada.data(ADD_METHOD, input={"token": token, "idempotencyKey": "k"}))["addPaymentMethod"]
    assert [(error["code"], payload["paymentMethod"]) for error in payload["errors"]] == [("BAD_USER_INPUT", None)]


async def test_no_other_domain_stores_a_token(shop: Shop, tmp_path: Path) -> None:
    ada = await register(shop.client, "secret@methods.example")
    order = await place_order(ada, await fill_cart(ada, (await find_variant(ada, SKU))["id"]), "tok_secret-1234")
    assert (await watch(ada, order["id"]))[-1]["reason"] == "INVALID_TOKEN"
    await shop.running.wait_until_idle()
    for name, process in shop.running.processes.items():
        tables = await rows(process.database, "SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables:
            stored = await rows(process.database, f'SELECT * FROM "{table}"')  # noqa: S608 - of the schema
            assert "tok_secret-1234" not in repr(stored), (name, table)
