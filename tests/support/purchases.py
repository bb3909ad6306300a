"""The purchases that take the placement saga through every one of its steps and compensations, and its points."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

from entrepot.commands.dev import build_config
from entrepot.shared.environment import Environment
from entrepot.subgraphs.orders.placement import PLACEMENT
from entrepot.subgraphs.orders.repository import OrderRepository
from entrepot.wiring.embedded import EmbeddedShop
from tests.support.buying import ADD_LINE, ADDRESS, CREATE_CART, PLACE, AnyClient, add_payment_method, find_variant
from tests.support.in_process import InProcessClient
from tests.support.invariants import check_invariants
from tests.support.mesh import CHEAP, RunningShop

ENVIRON = {**CHEAP, "ENTREPOT_PAYMENTS_LEASE": "0.5", "ENTREPOT_PAYMENTS_RETRY_BASE": "0.05"}
PATIENCE = 30.0

PURCHASES: Mapping[str, tuple[str, int, str, set[str | None]]] = {
    "paid": ("BEAN-HARBOUR-250", 2, "tok_visa", {None}),
    "declined": ("BEAN-LIGHT-250", 1, "tok_declined", {"CARD_DECLINED"}),
    "too-many": ("KETTLE-CAPTAIN-STEEL", 900, "tok_visa", {"OUT_OF_STOCK"}),
    "called-off": ("TEA-ASSAM-100", 1, "tok_stuck", {"REQUESTED", "PROVIDER_UNAVAILABLE"}),
    "given-back": ("BEAN-HARBOUR-250", 1, "tok_visa", {"REQUESTED"}),
}
"""Purchase -> SKU, quantity, payment token, and the reasons it may be cancelled for (None: it is confirmed)."""


def list_messages() -> list[tuple[str, str]]:
    """Who publishes it and its type, for every command and reply of the saga."""
    found = set()
    for step in PLACEMENT.list_steps():
        commands = [command for command in (step.command, step.undo) if command is not None]
        found |= {("orders", get_type_hints(command)["return"].TYPE) for command in commands}
        found |= {(reply.TYPE.partition(".")[0], reply.TYPE) for reply in step.replies}
    return sorted(found)


POINTS = [
    f"{publisher}:{act}:{moment}:{type_}"
    for publisher, type_ in list_messages()
    for act in ("commit", "publish")
    for moment in ("before", "after")
]


async def open_purchases(folder: Path, environment: Environment) -> EmbeddedShop:
    shop = EmbeddedShop(folder, environment=environment, environ=ENVIRON, is_demo=True)
    await shop.open(build_config("127.0.0.1", 0, is_demo=True))
    return shop


async def buy_everything(shop: EmbeddedShop, sent: dict[str, Any]) -> dict[str, str]:
    """All the purchases of one customer, each an order; what was `sent` before is sent again as it was."""
    return await buy_through(InProcessClient(shop.router), sent)


async def buy_through(client: AnyClient, sent: dict[str, Any], run: str = "") -> dict[str, str]:
    """The same through the graph that the client calls; another `run` makes other purchases."""
    login = """mutation { login(input: { email: "ada@example.com", password: "entrepot-demo-1" }) { accessToken } }"""
    return await buy_as(client.as_((await client.data(login))["login"]["accessToken"]), sent, run)


async def buy_as(ada: AnyClient, sent: dict[str, Any], run: str = "") -> dict[str, str]:
    """The same as a customer who has logged in."""
    orders = {name: await buy(ada, sent, f"{run}{name}", *purchase[:3]) for name, purchase in PURCHASES.items()}
    await until_allocated(ada, orders["called-off"])
    await cancel(ada, orders["called-off"])
    await until_placed(ada, orders["given-back"])
    await cancel(ada, orders["given-back"])
    return orders


async def cancel(client: AnyClient, order_id: str) -> None:
    """Cancel the order; it is refused for one that is cancelled already."""
    await client.data(
        "mutation ($id: ID!) { cancelOrder(input: { orderId: $id }) { errors { __typename } } }", id=order_id
    )


async def until_allocated(client: AnyClient, order_id: str) -> None:
    """Return when its payment is asked for, which is never answered, or when it is over."""
    query = "query ($id: ID!) { order(id: $id) { status fulfilmentStatus } }"
    while True:
        order = (await client.data(query, id=order_id))["order"]
        if order["fulfilmentStatus"] == "ALLOCATED" or order["status"] != "PENDING":
            return
        await asyncio.sleep(0.02)


async def until_placed(client: AnyClient, order_id: str) -> None:
    """Return when it is pending no more."""
    while (await client.data("query ($id: ID!) { order(id: $id) { status } }", id=order_id))["order"][
        "status"
    ] == "PENDING":
        await asyncio.sleep(0.02)


async def buy(client: AnyClient, sent: dict[str, Any], name: str, sku: str, quantity: int, token: str) -> str:
    variant = await find_variant(client, sku)
    cart = (await client.data(CREATE_CART, input={"currency": "EUR", "idempotencyKey": name}))["createCart"]["cart"]
    line = {"cartId": cart["id"], "variantId": variant["id"], "quantity": quantity, "idempotencyKey": name}
    added = (await client.data(ADD_LINE, input=line))["addCartLine"]
    if name not in sent:
        sent[name] = {
            "cartId": cart["id"],
            "expectedRevision": added["cart"]["revision"],
            "paymentMethodId": await add_payment_method(client, token, name),
            "shippingAddress": ADDRESS,
            "idempotencyKey": name,
        }
    async with asyncio.timeout(PATIENCE):
        while True:
            payload = (await client.data(PLACE, input=sent[name]))["placeOrder"]
            if [error.get("code") for error in payload["errors"]] != ["CART_NOT_READY"]:
                break
    assert payload["errors"] == [], (name, payload)
    return str(payload["order"]["id"])


async def end_of(shop: RunningShop, order_id: str) -> tuple[str, str | None]:
    """The final status of the order and why, as soon as it has one."""
    transactions: Any = shop.processes["orders"].transactions
    while True:
        async with transactions.database.read() as session:
            order = await OrderRepository(session).get_order(order_id)
        if order is not None and order.status not in {"PENDING", "CANCELLING"}:
            return order.status, order.cancel_reason
        await asyncio.sleep(0.02)


async def check_ends(shop: EmbeddedShop, sent: dict[str, Any]) -> None:
    """Send everything again, as a client does that had no answer, and find every order in a right end."""
    await check_ends_through(InProcessClient(shop.router), shop, sent)


async def check_ends_through(client: AnyClient, shop: RunningShop, sent: dict[str, Any], run: str = "") -> None:
    """The same through the graph that the client calls."""
    orders = await buy_through(client, sent, run)
    async with asyncio.timeout(PATIENCE):
        ends = {name: await end_of(shop, order) for name, order in orders.items()}
    await shop.wait_until_idle()
    for name, (status, reason) in ends.items():
        allowed = PURCHASES[name][-1]
        assert reason in allowed, name
        assert status == ("CONFIRMED" if None in allowed else "CANCELLED"), name
    await check_invariants(shop)
