"""All that is wrong with the input of a mutation is refused at once, each error with its field."""

from __future__ import annotations

from typing import Any, Final

import pytest

from entrepot.subgraphs.carts.api.mutations import MUTATIONS
from tests.support.subgraphs import customer

ME: Final = customer(1)
NOBODY: Final = {"cartId": "crt_none"}
LINE: Final = {**NOBODY, "lineId": "cln_none", "guestToken": "wrong", "expectedRevision": -1}

CASES: Final[dict[str, tuple[dict[str, Any], list[tuple[str, list[str]]]]]] = {
    "createCart": (
        {"currency": "EUR", "channel": "No Channel", "idempotencyKey": ""},
        [("BAD_USER_INPUT", ["channel"]), ("BAD_USER_INPUT", ["idempotencyKey"])],
    ),
    "addCartLine": (
        {**NOBODY, "variantId": "var_none", "quantity": 0, "guestToken": "wrong", "idempotencyKey": "\n"},
        [("BAD_USER_INPUT", ["quantity"]), ("BAD_USER_INPUT", ["idempotencyKey"])],
    ),
    "changeCartLine": ({**LINE, "quantity": 1000}, [("BAD_USER_INPUT", ["quantity"])]),
    # What is wrong with these is known only from the carts; a caller who has no right to one learns nothing of it.
    "removeCartLine": (LINE, [("NOT_FOUND", ["cartId"])]),
    "claimCart": ({**NOBODY, "guestToken": "wrong"}, [("NOT_FOUND", ["cartId"])]),
}


def test_the_table_has_every_mutation() -> None:
    assert set(CASES) == {each.name for each in MUTATIONS}


@pytest.mark.parametrize("name", CASES)
async def test_one_error_for_each_field(carts: Any, refusals: Any, name: str) -> None:
    given, expected = CASES[name]
    payload = await carts.mutate(name, "cart { id }", ME, given)
    assert refusals(payload) == expected
    assert await carts.changes() == []


@pytest.mark.parametrize("name", ["addCartLine", "changeCartLine"])
async def test_a_cart_that_is_not_there_is_said_once_the_rest_is_right(carts: Any, refusals: Any, name: str) -> None:
    given = {**CASES[name][0], "quantity": 1} | ({"idempotencyKey": "key"} if name == "addCartLine" else {})
    assert refusals(await carts.mutate(name, "cart { id }", ME, given)) == [("NOT_FOUND", ["cartId"])]


@pytest.mark.parametrize("name", CASES)
async def test_ids_and_secrets_of_any_text_find_nothing(carts: Any, refusals: Any, name: str) -> None:
    odd = "';--" + "x" * 5000 + "\ud7ff"
    given = {key: odd if isinstance(value, str) else value for key, value in CASES[name][0].items()}
    given |= {"quantity": 1} if "quantity" in given else {}
    given |= {"currency": "EUR"} if "currency" in given else {}
    codes = {code for code, _ in refusals(await carts.mutate(name, "cart { id }", ME, given))}
    assert codes <= {"NOT_FOUND", "BAD_USER_INPUT"}
