"""The placement saga, its process killed at every point that its table names, and started again.

The points are enumerated from the saga's declaration: before and after the commit and the publication of every command
and reply of every step. A new step brings its points with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from entrepot.dev import build_config
from entrepot.embedded import EmbeddedShop
from shared.clock import SystemClock
from shared.randomness import SystemRandomness
from shared.seams import Seams
from subgraphs.orders.placement import PLACEMENT
from tests.support.buying import ADD_LINE, ADDRESS, CREATE_CART, PLACE, find_variant
from tests.support.in_process import InProcessClient
from tests.support.invariants import check_invariants
from tests.support.killing import Executioner
from tests.support.mesh import CHEAP

ENVIRON = {**CHEAP, "ENTREPOT_PAYMENTS_LEASE": "0.5", "ENTREPOT_PAYMENTS_RETRY_BASE": "0.05"}
PATIENCE = 30.0

PURCHASES: Mapping[str, tuple[str, int, str, set[str | None]]] = {
    "paid": ("BEAN-HARBOUR-250", 2, "tok_visa", {None}),
    "declined": ("BEAN-LIGHT-250", 1, "tok_declined", {"CARD_DECLINED"}),
    "too-many": ("KETTLE-CAPTAIN-STEEL", 900, "tok_visa", {"OUT_OF_STOCK"}),
    "called-off": ("TEA-ASSAM-100", 1, "tok_stuck", {"REQUESTED", "PROVIDER_UNAVAILABLE"}),
}
"""Purchase -> SKU, quantity, payment token, and the reasons it may be cancelled for (None: it is confirmed)."""


def messages() -> list[str]:
    """The type of every command and reply of the saga."""
    found = []
    for step in PLACEMENT.steps:
        commands = [command for command in (step.command, step.compensation) if command is not None]
        found += [get_type_hints(command)["return"] for command in commands]
        found += [reply for reply in (step.done, *step.failed, step.compensated) if reply is not None]
    return sorted({contract.TYPE for contract in found})


POINTS = [
    f"{type_.partition('.')[0]}:{act}:{moment}:{type_}"
    for type_ in messages()
    for act in ("commit", "publish")
    for moment in ("before", "after")
]


# What a killed process held open is closed by nobody: here the garbage collector finds it, and says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("point", POINTS)
async def test_every_order_ends_right(point: str, tmp_path: Path) -> None:
    survivor = asyncio.current_task()
    assert survivor is not None
    executioner = Executioner(point, survivor)
    doomed = await open_shop(tmp_path, Seams.of(SystemClock(), SystemRandomness(), executioner))
    sent: dict[str, Any] = {}
    customer = asyncio.create_task(buy_everything(doomed, sent))
    async with asyncio.timeout(PATIENCE):
        await executioner.killed.wait()
    await asyncio.wait([customer])
    await doomed.close()

    shop = await open_shop(tmp_path, Seams.system())
    try:
        # The customer's client has had no answer, and sends everything again with the same keys.
        orders = await buy_everything(shop, sent)
        async with asyncio.timeout(PATIENCE):
            ends = {name: await end_of(shop, order) for name, order in orders.items()}
        await shop.settle()
        for name, (status, reason) in ends.items():
            allowed = PURCHASES[name][-1]
            assert reason in allowed, name
            assert status == ("CONFIRMED" if None in allowed else "CANCELLED"), name
        await check_invariants(shop)
    finally:
        await shop.close()


async def open_shop(folder: Path, seams: Seams) -> EmbeddedShop:
    shop = EmbeddedShop(folder, seams=seams, environ=ENVIRON, is_demo=True)
    await shop.open(build_config("127.0.0.1", 0, is_demo=True))
    return shop


async def buy_everything(shop: EmbeddedShop, sent: dict[str, Any]) -> dict[str, str]:
    """All the purchases of one customer, each an order; what was `sent` before is sent again as it was."""
    login = """mutation { login(input: { email: "ada@example.com", password: "entrepot-demo-1" }) { accessToken } }"""
    client = InProcessClient(shop.router)
    ada = client.as_((await client.data(login))["login"]["accessToken"])
    orders = {name: await buy(ada, sent, name, *purchase[:3]) for name, purchase in PURCHASES.items()}
    await until_allocated(ada, orders["called-off"])
    cancel = "mutation ($id: ID!) { cancelOrder(input: { orderId: $id }) { errors { __typename } } }"
    await ada.data(cancel, id=orders["called-off"])
    return orders


async def until_allocated(client: InProcessClient, order_id: str) -> None:
    """Return when its payment is asked for, which is never answered, or when it is over."""
    query = "query ($id: ID!) { order(id: $id) { status fulfilmentStatus } }"
    while True:
        order = (await client.data(query, id=order_id))["order"]
        if order["fulfilmentStatus"] == "ALLOCATED" or order["status"] != "PENDING":
            return
        await asyncio.sleep(0.02)


async def buy(client: InProcessClient, sent: dict[str, Any], name: str, sku: str, quantity: int, token: str) -> str:
    variant = await find_variant(client, sku)  # type: ignore[arg-type]
    cart = (await client.data(CREATE_CART, input={"currency": "EUR", "idempotencyKey": name}))["createCart"]["cart"]
    line = {"cartId": cart["id"], "variantId": variant["id"], "quantity": quantity, "idempotencyKey": name}
    added = (await client.data(ADD_LINE, input=line))["addCartLine"]
    if name not in sent:
        sent[name] = {
            "cartId": cart["id"],
            "expectedRevision": added["cart"]["revision"],
            "paymentToken": token,
            "shippingAddress": ADDRESS,
            "idempotencyKey": name,
        }
    payload = (await client.data(PLACE, input=sent[name]))["placeOrder"]
    assert payload["errors"] == [], (name, payload)
    return payload["order"]["id"]


async def end_of(shop: EmbeddedShop, order_id: str) -> tuple[str, str | None]:
    """The final status of the order and why, as soon as it has one."""
    transactions: Any = shop.processes["orders"].transactions
    from subgraphs.orders.repository import OrderRepository

    while True:
        async with transactions.database.read() as session:
            order = await OrderRepository(session).get_order(order_id)
        if order is not None and order.status != "PENDING":
            return order.status, order.cancel_reason
        await asyncio.sleep(0.02)
