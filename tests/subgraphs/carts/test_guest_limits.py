"""How many carts guests may create."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.auth import ANONYMOUS
from tests.support.subgraphs import customer, open_subgraph

LIMITS = {
    "ENTREPOT_CARTS_GUEST_CARTS_BY_ADDRESS": "3",
    "ENTREPOT_CARTS_SECONDS_PER_GUEST_CART_BY_ADDRESS": "10",
    "ENTREPOT_CARTS_GUEST_CARTS_IN_ALL": "5",
    "ENTREPOT_CARTS_GUEST_CARTS_IN_ALL_PER_SECOND": "0.5",
}
OK = "OK"
CREATE = """mutation ($input: CreateCartInput!) { createCart(input: $input) { cart { id } guestToken errors {
  __typename ... on UserError { code message } ... on TooManyGuestCartsError { retryAfter } } } }"""


@pytest.fixture
async def limited(tmp_path: Path, database_url: str | None, carts_on: Any) -> AsyncIterator[Any]:
    async with open_subgraph("carts", tmp_path, environ=LIMITS, url=database_url) as subgraph:
        yield carts_on(subgraph)


async def create(carts: Any, count: int, address: str | None, principal: Any = ANONYMOUS) -> list[Any]:
    """OK or the code of each attempt."""
    carts.subgraph.address = address
    payloads = [await carts.create(principal) for _ in range(count)]
    return [payload["errors"][0]["code"] if payload["errors"] else OK for payload in payloads]


async def test_carts_from_one_address_have_to_wait(limited: Any) -> None:
    assert await create(limited, 4, "192.0.2.1") == [OK] * 3 + ["RATE_LIMITED"]
    given = {"currency": "EUR", "idempotencyKey": "told"}
    response = await limited.subgraph.execute(CREATE, ANONYMOUS, input=given)
    payload = response["data"]["createCart"]
    (error,) = payload["errors"]
    assert (payload["cart"], payload["guestToken"]) == (None, None)
    assert (error["__typename"], error["code"], error["retryAfter"]) == ("TooManyGuestCartsError", "RATE_LIMITED", 10)
    assert "Try again in 10 s" in error["message"]
    limited.subgraph.clock.advance(10)
    assert await create(limited, 2, "192.0.2.1") == [OK, "RATE_LIMITED"]


async def test_an_address_of_ipv6_is_its_network(limited: Any) -> None:
    codes = [await create(limited, 1, f"2001:db8::{number}") for number in range(4)]
    assert codes == [[OK]] * 3 + [["RATE_LIMITED"]]
    assert await create(limited, 1, "2001:db8:0:1::1") == [OK]


async def test_all_guests_share_a_limit_that_one_address_does_not_use_up(limited: Any) -> None:
    assert (await create(limited, 20, "192.0.2.1")).count(OK) == 3
    assert await create(limited, 3, "192.0.2.2") == [OK, OK, "RATE_LIMITED"]
    limited.subgraph.clock.advance(2)
    assert await create(limited, 2, "192.0.2.3") == [OK, "RATE_LIMITED"]
    limited.subgraph.clock.advance(2)
    # Where nobody says where a request comes from.
    assert await create(limited, 2, None) == [OK, "RATE_LIMITED"]


async def test_customers_are_not_counted(limited: Any) -> None:
    assert await create(limited, 10, "192.0.2.1", customer(1)) == [OK] * 10
    assert await create(limited, 3, "192.0.2.1") == [OK] * 3


async def test_bad_input_is_not_counted(limited: Any) -> None:
    limited.subgraph.address = "192.0.2.1"
    for _ in range(5):
        assert (await limited.create(ANONYMOUS, channel="No Such"))["errors"][0]["code"] == "BAD_USER_INPUT"
    assert await create(limited, 4, "192.0.2.1") == [OK] * 3 + ["RATE_LIMITED"]


@pytest.mark.parametrize("name", ["GUEST_CARTS_IN_ALL", "ENDED_DAYS", "SECONDS_PER_GUEST_CART_BY_ADDRESS"])
async def test_a_limit_that_is_none_is_refused_at_the_start(tmp_path: Path, name: str) -> None:
    with pytest.raises(Exception, match="above zero"):
        async with open_subgraph("carts", tmp_path, environ={f"ENTREPOT_CARTS_{name}": "0"}):
            pass
