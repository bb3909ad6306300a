"""Payment methods: added by customers, used by one payment of theirs, and gone with their tokens."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
from sqlalchemy import select

from entrepot.shared.auth import ANONYMOUS, Principal
from entrepot.shared.erasure import erase_person
from entrepot.shared.events.operations.pruning import PRUNE_JOB
from entrepot.subgraphs.payments.api.mutations import MUTATIONS
from entrepot.subgraphs.payments.models import PaymentMethod
from tests.support.payment_desk import PaymentDesk
from tests.support.subgraphs import customer

ADA, EVE = customer(1), customer(2)
CALLS: Final = 6
ADD = """mutation ($input: AddPaymentMethodInput!) { addPaymentMethod(input: $input) {
  paymentMethod { id expiresAt } errors { __typename ... on UserError { code path } } } }"""


async def add(desk: PaymentDesk, principal: Principal = ADA, **given: str) -> dict[str, Any]:
    given = {"token": "tok_visa", "idempotencyKey": "k1", **given}
    response = await desk.subgraph.execute(ADD, principal, input=given)
    return (response.get("data") or {}).get("addPaymentMethod") or response


async def read_methods(desk: PaymentDesk) -> dict[str, str | None]:
    """Id -> token."""
    async with desk.subgraph.process.database.read() as session:
        return {row.id: row.token for row in (await session.scalars(select(PaymentMethod))).all()}


async def pay(desk: PaymentDesk, payment: str, method: str, number: int = 1) -> str | None:
    """Why the payment with the method is declined; None when it is authorized."""
    command = await desk.authorization_request(payment)
    given = {"payment_method_id": method, "customer_id": customer(number).user_id}
    await desk.subgraph.receive(type(command)(**{**_facts(command), **given}))
    await desk.work()
    return (await desk.payments())[payment].decline_reason


def _facts(command: Any) -> dict[str, Any]:
    return {name: getattr(command, name) for name in type(command).__slots__}


async def test_the_same_key_at_once_adds_one(desk: PaymentDesk) -> None:
    assert [each.name for each in MUTATIONS] == ["addPaymentMethod"]
    payloads = await asyncio.gather(*(add(desk) for _ in range(CALLS)))
    assert {payload["paymentMethod"]["id"] for payload in payloads} == set(await read_methods(desk))
    assert [payload["errors"] for payload in payloads] == [[]] * CALLS


@pytest.mark.parametrize("token", ["", "x" * 256])
async def test_all_that_is_wrong_is_said_at_once(desk: PaymentDesk, token: str) -> None:
    payload = await add(desk, token=token, idempotencyKey="\n")
    assert sorted(error["path"] for error in payload["errors"]) == [["idempotencyKey"], ["token"]]
    assert await read_methods(desk) == {}


async def test_guests_have_none(desk: PaymentDesk) -> None:
    response = await add(desk, ANONYMOUS)
    assert [error["extensions"]["code"] for error in response["errors"]] == ["UNAUTHENTICATED"]


class TestUse:
    async def test_the_token_moves_to_the_payment_and_is_deleted_there(self, desk: PaymentDesk) -> None:
        method = (await add(desk))["paymentMethod"]["id"]
        assert await pay(desk, "p1", method) is None
        assert (await read_methods(desk))[method] is None
        assert (await desk.payments())["p1"].payment_token is None

    async def test_a_second_payment_finds_no_token(self, desk: PaymentDesk) -> None:
        method = (await add(desk))["paymentMethod"]["id"]
        await pay(desk, "p1", method)
        assert await pay(desk, "p2", method) == "INVALID_PAYMENT_METHOD"

    async def test_one_of_two_payments_at_once_gets_it(self, desk: PaymentDesk) -> None:
        method = (await add(desk))["paymentMethod"]["id"]
        reasons = await asyncio.gather(*(pay(desk, f"p{number}", method) for number in range(4)))
        assert sorted(reasons, key=str) == ["INVALID_PAYMENT_METHOD"] * 3 + [None]

    async def test_of_another_customer_is_like_none(self, desk: PaymentDesk) -> None:
        method = (await add(desk, EVE))["paymentMethod"]["id"]
        assert await pay(desk, "p1", method) == "INVALID_PAYMENT_METHOD"
        assert await pay(desk, "p2", "pmt_none") == "INVALID_PAYMENT_METHOD"
        assert (await read_methods(desk))[method] == "tok_visa"

    async def test_is_over_after_an_hour(self, desk: PaymentDesk) -> None:
        method = (await add(desk))["paymentMethod"]["id"]
        desk.subgraph.clock.advance(3601)
        assert await pay(desk, "p1", method) == "INVALID_PAYMENT_METHOD"


class TestGone:
    async def test_what_expired_is_pruned(self, desk: PaymentDesk) -> None:
        old = (await add(desk))["paymentMethod"]["id"]
        desk.subgraph.clock.advance(3601)
        fresh = (await add(desk, idempotencyKey="k2"))["paymentMethod"]["id"]
        (prune,) = [job for job in desk.subgraph.process.jobs if job.name == PRUNE_JOB]
        while await prune.run(desk.subgraph.transactions):
            pass
        assert set(await read_methods(desk)) == {fresh}
        assert old != fresh

    async def test_what_is_a_persons_is_erased(self, desk: PaymentDesk) -> None:
        await add(desk)
        kept = (await add(desk, EVE))["paymentMethod"]["id"]
        process = desk.subgraph.process
        erased = await erase_person(process.subgraph, process.transactions, ADA.require_user())
        assert erased["payment methods"] == 1
        assert set(await read_methods(desk)) == {kept}
