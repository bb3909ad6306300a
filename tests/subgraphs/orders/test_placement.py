"""From a cart to a confirmed or a cancelled order, the other domains played by the test."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.auth import ANONYMOUS, Principal
from entrepot.shared.events import Event
from entrepot.shared.events.contracts.carts import CartChanged, CartLineFacts
from entrepot.shared.events.contracts.inventory import (
    ReservationCommitted,
    ReservationHeld,
    ReservationRefused,
    ReservationReleased,
)
from entrepot.shared.events.contracts.orders import (
    AuthorizationRequested,
    AuthorizationVoidRequested,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    ReservationCommitRequested,
    ReservationReleaseRequested,
    ReservationRequested,
    WantedStock,
)
from entrepot.shared.events.contracts.payments import PaymentAuthorized, PaymentDeclined, PaymentVoided
from entrepot.shared.events.inbox.inbox import add_dead_letter
from tests.support.subgraphs import STAFF, SubgraphUnderTest, customer, open_subgraph

ADA = customer(1, "orders:create")
EVE = customer(2, "orders:create")
ADDRESS = {"name": "Ada", "line1": "1 Quay", "city": "Hamburg", "countryCode": "DE"}
PLACE = """
mutation ($input: PlaceOrderInput!) {
  placeOrder(input: $input) {
    order { id number status total { amount currency } lines { sku quantity total { minorUnits } variant { id sku } } }
    errors { __typename ... on UserError { code path } }
  }
}
"""
CANCEL = """
mutation ($id: ID!) {
  cancelOrder(input: { orderId: $id }) {
    order { status cancelReason } errors { __typename ... on UserError { code path } }
  }
}
"""
ORDER = """
query ($id: ID!) {
  order(id: $id) { status paymentStatus fulfilmentStatus cancelReason history { position status reason } }
}
"""


def cart_changed(**facts: Any) -> CartChanged:
    line = CartLineFacts(
        line_id="cln_1",
        variant_id="var_1",
        seller_id="sel_1",
        sku="CUP-1",
        product_name="Cup",
        variant_name="Blue",
        quantity=3,
        unit_minor_units=333,
    )
    defaults: dict[str, Any] = {
        "cart_id": "crt_1",
        "revision": 1,
        "status": "ACTIVE",
        "owner_id": ADA.user_id,
        "channel": "default",
        "currency": "EUR",
        "lines": (line,),
    }
    return CartChanged(**{**defaults, **facts})


@pytest.fixture
async def orders(tmp_path: Path, database_url: str | None) -> AsyncIterator[SubgraphUnderTest]:
    environ = {"ENTREPOT_ORDERS_CART_WAIT": "0"}
    async with open_subgraph("orders", tmp_path, environ=environ, url=database_url) as subgraph:
        yield subgraph


async def place(orders: SubgraphUnderTest, principal: Principal = ADA, **given: Any) -> dict[str, Any]:
    given = {
        "cartId": "crt_1",
        "expectedRevision": 1,
        "paymentToken": "tok_visa",
        "shippingAddress": ADDRESS,
        "idempotencyKey": "k1",
        **given,
    }
    response = await orders.execute(PLACE, principal, input=given)
    return response["data"]["placeOrder"]


async def placed(orders: SubgraphUnderTest) -> str:
    await orders.receive(cart_changed())
    return (await place(orders))["order"]["id"]


async def read(orders: SubgraphUnderTest, order_id: str) -> dict[str, Any]:
    return (await orders.execute(ORDER, ADA, id=order_id))["data"]["order"]


def kinds(events: list[Event]) -> list[type[Event]]:
    return [type(event) for event in events]


class TestPlaceOrder:
    async def test_answers_with_a_pending_order_and_asks_for_stock(self, orders: SubgraphUnderTest) -> None:
        await orders.receive(cart_changed())
        payload = await place(orders)
        assert payload["errors"] == []
        assert payload["order"] == {
            "id": payload["order"]["id"],
            "number": "EP-100001",
            "status": "PENDING",
            "total": {"amount": "9.99", "currency": "EUR"},
            "lines": [
                {
                    "sku": "CUP-1",
                    "quantity": 3,
                    "total": {"minorUnits": 999},
                    "variant": {"id": "var_1", "sku": "CUP-1"},
                }
            ],
        }
        order_id = payload["order"]["id"]
        assert await orders.published() == [
            OrderPlaced(order_id=order_id, customer_id=ADA.require_user(), cart_id="crt_1"),
            ReservationRequested(
                order_id=order_id, lines=(WantedStock(variant_id="var_1", quantity=3),), hold_seconds=900
            ),
        ]

    async def test_a_repeated_key_places_one_order(self, orders: SubgraphUnderTest) -> None:
        await orders.receive(cart_changed())
        first, second = await asyncio.gather(place(orders), place(orders))
        assert first == second
        assert kinds(await orders.published()) == [OrderPlaced, ReservationRequested]

    async def test_a_cart_becomes_one_order(self, orders: SubgraphUnderTest) -> None:
        await placed(orders)
        payload = await place(orders, idempotencyKey="k2")
        assert [error["code"] for error in payload["errors"]] == ["CART_ALREADY_ORDERED"]

    @pytest.mark.parametrize(
        ("cart", "given", "code"),
        [
            ({}, {"expectedRevision": 2}, "CART_NOT_READY"),
            ({}, {"cartId": "crt_none"}, "NOT_FOUND"),
            ({}, {"cartId": ""}, "NOT_FOUND"),
            ({}, {"cartId": "ord_019b7940-8c00-7000-8000-000000000000"}, "NOT_FOUND"),
            ({"revision": 5}, {}, "CART_CHANGED"),
            ({"status": "CONVERTED"}, {}, "CART_CHANGED"),
            ({"lines": ()}, {}, "CART_NOT_ORDERABLE"),
            ({"problems": ("cln_1",)}, {}, "CART_NOT_ORDERABLE"),
            ({"owner_id": EVE.user_id}, {}, "NOT_FOUND"),
            ({"owner_id": None}, {}, "NOT_FOUND"),
            ({"owner_id": None}, {"expectedRevision": 2}, "CART_NOT_READY"),
            ({}, {"paymentToken": ""}, "BAD_USER_INPUT"),
            ({}, {"paymentToken": "x" * 256}, "BAD_USER_INPUT"),
            ({}, {"shippingAddress": {**ADDRESS, "countryCode": "Germany"}}, "BAD_USER_INPUT"),
            ({}, {"shippingAddress": {**ADDRESS, "city": " "}}, "BAD_USER_INPUT"),
            ({}, {"shippingAddress": {**ADDRESS, "line1": "x" * 201}}, "BAD_USER_INPUT"),
            ({}, {"idempotencyKey": "x" * 256}, "BAD_USER_INPUT"),
        ],
    )
    async def test_refuses_and_changes_nothing(
        self, orders: SubgraphUnderTest, cart: dict[str, Any], given: dict[str, Any], code: str
    ) -> None:
        await orders.receive(cart_changed(**cart))
        payload = await place(orders, **given)
        assert payload["order"] is None
        assert [error["code"] for error in payload["errors"]] == [code]
        assert await orders.published() == []

    @pytest.mark.parametrize(("principal", "code"), [(ANONYMOUS, "UNAUTHENTICATED"), (customer(3), "FORBIDDEN")])
    async def test_needs_the_scope(self, orders: SubgraphUnderTest, principal: Principal, code: str) -> None:
        given = {
            "cartId": "c",
            "expectedRevision": 1,
            "paymentToken": "t",
            "shippingAddress": ADDRESS,
            "idempotencyKey": "k",
        }
        response = await orders.execute(PLACE, principal, input=given)
        assert response["errors"][0]["extensions"]["code"] == code

    async def test_numbers_have_no_gaps(self, orders: SubgraphUnderTest) -> None:
        await orders.receive(*(cart_changed(cart_id=f"crt_{number}") for number in range(10)))
        bad = place(orders, cartId="crt_0", paymentToken="")
        good = [place(orders, cartId=f"crt_{number}", idempotencyKey=str(number)) for number in range(10)]
        payloads = await asyncio.gather(bad, *good)
        numbers = sorted(payload["order"]["number"] for payload in payloads if payload["order"])
        assert numbers == [f"EP-{100_001 + count}" for count in range(10)]


class TestSaga:
    async def test_confirms_when_stock_and_payment_are_there(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        await orders.published()
        await orders.receive(ReservationHeld(order_id=order_id))
        (request,) = await orders.published()
        assert request == AuthorizationRequested(
            order_id=order_id,
            customer_id=ADA.require_user(),
            minor_units=999,
            currency="EUR",
            payment_token="tok_visa",
        )
        authorized = PaymentAuthorized(order_id=order_id, payment_id="pay_1", minor_units=999, currency="EUR")
        await orders.receive(authorized)
        assert kinds(await orders.published()) == [ReservationCommitRequested]
        await orders.receive(ReservationCommitted(order_id=order_id))
        assert kinds(await orders.published()) == [OrderConfirmed]
        order = await read(orders, order_id)
        assert (order["status"], order["paymentStatus"], order["fulfilmentStatus"]) == (
            "CONFIRMED",
            "AUTHORIZED",
            "ALLOCATED",
        )
        assert [change["position"] for change in order["history"]] == [1, 2, 3, 4]

    async def test_no_stock_cancels(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        await orders.published()
        await orders.receive(ReservationRefused(order_id=order_id, reason="OUT_OF_STOCK"))
        assert kinds(await orders.published()) == [OrderCancelled]
        assert (await read(orders, order_id))["cancelReason"] == "OUT_OF_STOCK"

    async def test_a_decline_gives_the_stock_back_first(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        await orders.receive(ReservationHeld(order_id=order_id))
        await orders.published()
        await orders.receive(PaymentDeclined(order_id=order_id, payment_id="pay_1", reason="CARD_DECLINED"))
        assert kinds(await orders.published()) == [ReservationReleaseRequested]
        assert (await read(orders, order_id))["status"] == "PENDING"
        await orders.receive(ReservationReleased(order_id=order_id))
        assert kinds(await orders.published()) == [OrderCancelled]
        assert (await read(orders, order_id))["cancelReason"] == "CARD_DECLINED"
        assert (await place(orders, idempotencyKey="again"))["order"]["status"] == "PENDING"

    async def test_no_answer_in_time_undoes_the_step_too(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        await orders.receive(ReservationHeld(order_id=order_id))
        await orders.published()
        orders.clock.advance(301)
        await orders.run_jobs()
        assert kinds(await orders.published()) == [AuthorizationVoidRequested]
        late = PaymentAuthorized(order_id=order_id, payment_id="pay_1", minor_units=999, currency="EUR")
        await orders.receive(late)
        orders.clock.advance(31)
        await orders.run_jobs()
        assert kinds(await orders.published()) == [AuthorizationVoidRequested]
        await orders.receive(PaymentVoided(order_id=order_id), ReservationReleased(order_id=order_id))
        assert kinds(await orders.published()) == [ReservationReleaseRequested, OrderCancelled]
        assert (await read(orders, order_id))["cancelReason"] == "TIMED_OUT"

    async def test_several_workers_undo_what_is_overdue_once(self, orders: SubgraphUnderTest) -> None:
        await orders.receive(*(cart_changed(cart_id=f"crt_{number}") for number in range(5)))
        for number in range(5):
            await place(orders, cartId=f"crt_{number}", idempotencyKey=str(number))
        await orders.published()
        orders.clock.advance(301)
        await asyncio.gather(*(orders.run_jobs() for _ in range(4)))
        assert Counter(kinds(await orders.published())) == {ReservationReleaseRequested: 5}

    async def test_replies_take_effect_once(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        held = orders.envelope(ReservationHeld(order_id=order_id))
        await asyncio.gather(*(orders.receive_again(held) for _ in range(5)))
        await orders.receive(ReservationHeld(order_id=order_id))
        assert kinds(await orders.published()) == [OrderPlaced, ReservationRequested, AuthorizationRequested]


class TestCancelOrder:
    async def test_a_pending_one_is_undone_then_cancelled(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        await orders.published()
        payload = (await orders.execute(CANCEL, ADA, id=order_id))["data"]["cancelOrder"]
        assert payload == {"order": {"status": "PENDING", "cancelReason": None}, "errors": []}
        again = (await orders.execute(CANCEL, ADA, id=order_id))["data"]["cancelOrder"]
        assert again == payload, "to cancel twice is to cancel once"
        assert kinds(await orders.published()) == [ReservationReleaseRequested]
        await orders.receive(ReservationReleased(order_id=order_id))
        assert (await read(orders, order_id))["status"] == "CANCELLED"

    async def test_a_confirmed_one_is_off_at_once(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        authorized = PaymentAuthorized(order_id=order_id, payment_id="pay_1", minor_units=999, currency="EUR")
        await orders.receive(ReservationHeld(order_id=order_id), authorized, ReservationCommitted(order_id=order_id))
        await orders.published()
        payload = (await orders.execute(CANCEL, STAFF, id=order_id))["data"]["cancelOrder"]
        assert payload["order"] == {"status": "CANCELLED", "cancelReason": "REQUESTED"}
        assert kinds(await orders.published()) == [
            OrderCancelled,
            AuthorizationVoidRequested,
            ReservationReleaseRequested,
        ]

    async def test_somebody_elses_is_unknown(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        for target in (order_id, "ord_none"):
            payload = (await orders.execute(CANCEL, EVE, id=target))["data"]["cancelOrder"]
            assert payload["errors"][0]["code"] == "NOT_FOUND"


class TestVisibility:
    async def test_customers_see_theirs_and_staff_see_all(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        assert (await orders.execute(ORDER, EVE, id=order_id))["data"]["order"] is None
        assert (await orders.execute(ORDER, STAFF, id=order_id))["data"]["order"] is not None
        entities = """query ($r: [_Any!]!) { _entities(representations: $r) {
          ... on Order { number } ... on User { id orders { edges { node { id } } } } } }"""
        references = [{"__typename": "Order", "id": order_id}, {"__typename": "User", "id": ADA.user_id}]
        mine = await orders.execute(entities, ADA, r=references)
        assert mine["data"]["_entities"][1]["orders"]["edges"] == [{"node": {"id": order_id}}]
        spoiled = await orders.execute(entities, ADA, r=[{"__typename": "User"}, *references])
        assert spoiled["data"]["_entities"] == [None, *mine["data"]["_entities"]]
        assert [error["path"] for error in spoiled["errors"]] == [["_entities", 0]]
        other = await orders.execute(entities, EVE, r=references)
        assert other["data"]["_entities"] == [None, None]
        assert other["errors"][0]["extensions"]["code"] == "FORBIDDEN"


PLACEMENT = """
query ($id: ID!) {
  order(id: $id) { placement { status step attempts reason lastError awaitedEvents startedAt stepStartedAt deadline } }
}
"""


class TestPlacementForStaff:
    """Where an order is stuck, and why."""

    async def look(self, orders: SubgraphUnderTest, order_id: str) -> dict[str, Any]:
        response = await orders.execute(PLACEMENT, STAFF, id=order_id)
        return response["data"]["order"]["placement"]

    async def test_names_the_step_and_what_it_waits_for(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        started = orders.clock.now()
        seen = await self.look(orders, order_id)
        assert (seen["status"], seen["step"]) == ("RUNNING", "RESERVE")
        assert seen["awaitedEvents"] == ["inventory.reservation.held", "inventory.reservation.refused"]
        assert seen["lastError"] == "orders.order.changed is not sent yet."
        await orders.published()
        assert (await self.look(orders, order_id))["lastError"] is None
        orders.clock.advance(10)
        await orders.receive(ReservationHeld(order_id=order_id))
        await orders.published()
        seen = await self.look(orders, order_id)
        assert (seen["step"], seen["startedAt"]) == ("AUTHORIZE", started.isoformat())
        assert seen["stepStartedAt"] == orders.clock.now().isoformat()

    async def test_says_what_failed_here(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        await orders.published()
        async with orders.transactions.begin() as unit:
            facts = {"handler": "placement-reply", "subject": order_id, "envelope": b"{}", "attempts": 8}
            await add_dead_letter(unit.session, event_id="evt_1", reason="OSError: down", now=unit.now, **facts)
        seen = await self.look(orders, order_id)
        assert seen["lastError"] == "placement-reply failed 8 times on evt_1: OSError: down"

    async def test_says_why_it_is_being_undone(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        declined = PaymentDeclined(order_id=order_id, payment_id="pay_1", reason="NO_FUNDS")
        await orders.receive(ReservationHeld(order_id=order_id), declined)
        seen = await self.look(orders, order_id)
        assert (seen["status"], seen["step"], seen["reason"]) == ("COMPENSATING", "RESERVE", "OTHER")
        assert seen["awaitedEvents"] == ["inventory.reservation.released"]

    async def test_is_not_for_customers(self, orders: SubgraphUnderTest) -> None:
        order_id = await placed(orders)
        response = await orders.execute(PLACEMENT, ADA, id=order_id)
        assert [error["extensions"]["code"] for error in response["errors"]] == ["FORBIDDEN"]
