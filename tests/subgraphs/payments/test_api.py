"""Payments as their clients see them."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.shared.auth import ANONYMOUS, Principal
from tests.support.payment_desk import TOTAL, PaymentDesk
from tests.support.subgraphs import STAFF, customer

OWNER = customer(1)
OTHER = customer(2)
PAYMENT = """
query ($id: ID!) { payment(id: $id) {
  id status total { minorUnits currency amount } declineReason createdAt allowedTransitions order { id } } }
"""
ORDERS = """
query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { payments { status declineReason } } } }
"""
DUE = """
query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { amountDue { minorUnits currency amount } } } }
"""


def order(identity: str, minor_units: int | None = None, currency: str = "EUR") -> dict[str, Any]:
    total = {} if minor_units is None else {"total": {"minorUnits": minor_units, "currency": currency}}
    return {"__typename": "Order", "id": identity, **total}


async def find(desk: PaymentDesk, principal: Principal, identity: str) -> Any:
    response = await desk.subgraph.execute(PAYMENT, principal, id=identity)
    assert "errors" not in response
    return response["data"]["payment"]


async def due(desk: PaymentDesk, principal: Principal, *orders: dict[str, Any]) -> list[int | None]:
    entities = (await desk.subgraph.execute(DUE, principal, r=list(orders)))["data"]["_entities"]
    return [entity and entity["amountDue"]["minorUnits"] for entity in entities]


class TestPayment:
    async def test_is_shown_to_who_pays_and_to_staff(self, desk: PaymentDesk) -> None:
        await desk.ask()
        await desk.work()
        identity = "p1"
        shown = await find(desk, OWNER, identity)
        assert shown == await find(desk, STAFF, identity)
        assert {**shown, "createdAt": None} == {
            "id": identity,
            "status": "AUTHORIZED",
            "total": {"minorUnits": TOTAL, "currency": "EUR", "amount": "19.99"},
            "declineReason": None,
            "createdAt": None,
            "allowedTransitions": [],
            "order": {"id": "o1"},
        }

    async def test_of_another_is_like_none(self, desk: PaymentDesk) -> None:
        await desk.ask()
        identity = "p1"
        assert await find(desk, OTHER, identity) is None
        assert await find(desk, customer(3, "orders:read"), identity) is None
        assert await find(desk, OTHER, "pay_none") is None

    async def test_needs_a_login(self, desk: PaymentDesk) -> None:
        response = await desk.subgraph.execute(PAYMENT, ANONYMOUS, id="pay_none")
        assert response["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"

    async def test_says_why_it_was_declined(self, desk: PaymentDesk) -> None:
        await desk.ask(token="tok_insufficient_funds")
        await desk.work()
        shown = await find(desk, OWNER, "p1")
        assert (shown["status"], shown["declineReason"]) == ("FAILED", "INSUFFICIENT_FUNDS")
        assert shown["allowedTransitions"] == []

    async def test_is_an_entity_that_only_its_owner_finds(self, desk: PaymentDesk) -> None:
        await desk.ask()
        representation = {"__typename": "Payment", "id": "p1"}
        query = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Payment { status } } }"
        found = {
            principal: (await desk.subgraph.execute(query, principal, r=[representation]))["data"]["_entities"]
            for principal in (OWNER, OTHER, ANONYMOUS)
        }
        assert found == {OWNER: [{"status": "CREATED"}], OTHER: [None], ANONYMOUS: [None]}


class TestOrder:
    async def test_has_a_payment_for_those_who_may_see_it(self, desk: PaymentDesk) -> None:
        await desk.ask(token="tok_declined")
        await desk.work()
        shown = {"payments": [{"status": "FAILED", "declineReason": "CARD_DECLINED"}]}
        for principal, expected in ((OWNER, shown), (STAFF, shown), (OTHER, {"payments": []})):
            response = await desk.subgraph.execute(ORDERS, principal, r=[order("o1"), order("unknown")])
            assert response == {"data": {"_entities": [expected, {"payments": []}]}}

    async def test_that_was_called_off_before_it_was_asked_for_has_none(self, desk: PaymentDesk) -> None:
        await desk.void()
        response = await desk.subgraph.execute(ORDERS, STAFF, r=[order("o1")])
        assert response == {"data": {"_entities": [{"payments": []}]}}
        assert await due(desk, STAFF, order("o1", TOTAL)) == [TOTAL]

    async def test_is_due_until_it_is_authorized_and_again_after_a_void(self, desk: PaymentDesk) -> None:
        given = order("o1", TOTAL)
        assert await due(desk, OWNER, given) == [TOTAL]
        await desk.ask()
        assert await due(desk, OWNER, given) == [TOTAL]
        await desk.work()
        assert await due(desk, OWNER, given) == [0]
        assert await due(desk, customer(3, "orders:read"), given) == [0]
        assert await due(desk, OWNER, order("o1", TOTAL + 500)) == [500]
        await desk.void()
        await desk.work()
        assert await due(desk, OWNER, given) == [TOTAL]

    async def test_tells_strangers_nothing(self, desk: PaymentDesk) -> None:
        await desk.ask()
        await desk.work()
        for principal in (OTHER, ANONYMOUS):
            assert await due(desk, principal, order("o1", 5000)) == [5000]

    @pytest.mark.parametrize(
        "given",
        [
            order("o1"),
            {**order("o1"), "total": {"minorUnits": "x", "currency": "EUR"}},
            {**order("o1"), "total": 5},
            order("o1", 5, "XXXX"),
            order("o1", 5, "USD"),
            {"__typename": "Order"},
        ],
    )
    async def test_a_total_that_cannot_be_read_is_the_error_of_that_one(
        self, desk: PaymentDesk, given: dict[str, Any]
    ) -> None:
        await desk.ask()
        await desk.work()
        response = await desk.subgraph.execute(DUE, OWNER, r=[given, order("o2", 7)])
        first, second = response["data"]["_entities"]
        assert first is None
        assert second["amountDue"]["minorUnits"] == 7
        assert [(error["path"][:2], error["extensions"]["code"]) for error in response["errors"]] == [
            (["_entities", 0], "BAD_USER_INPUT")
        ]

    async def test_many_ask_the_database_once(self, desk: PaymentDesk) -> None:
        orders = [f"o{number}" for number in range(20)]
        await desk.subgraph.receive(*[await desk.authorization_request(f"p{number}") for number in range(20)])
        await desk.work()
        statements: list[str] = []
        stop = desk.subgraph.process.database.count_statements(statements.append)
        query = """query ($r: [_Any!]!) { _entities(representations: $r) {
          ... on Order { payments { status } amountDue { minorUnits } } } }"""
        for count in (1, 20):
            statements.clear()
            await desk.subgraph.execute(query, OWNER, r=[order(identity, TOTAL) for identity in orders[:count]])
            assert len([text for text in statements if text.startswith("SELECT")]) == 1
        stop()
