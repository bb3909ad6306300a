"""A purchase with Python's standard library: log in, fill a cart, add a card, order, follow it by server-sent events.

Usage: python buy.py [URL] [SKU]
"""

from __future__ import annotations

import json
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any


class Shop:
    """The graph at a URL, called as one customer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.headers = {"content-type": "application/json"}

    def send(self, query: str, **variables: Any) -> Any:
        """The data of an operation; ends the program for GraphQL errors and `errors` in a mutation's payload."""
        with self._open(query, variables) as response:
            answer = json.load(response)
        data = answer.get("data") or {}
        payloads = (payload for payload in data.values() if isinstance(payload, dict))
        errors = answer.get("errors") or [error for payload in payloads for error in payload.get("errors", ())]
        if errors:
            sys.exit("\n".join(error["message"] for error in errors))
        return data

    def subscribe(self, query: str, **variables: Any) -> Iterator[Any]:
        """The data of every event of a subscription."""
        with self._open(query, variables, accept="text/event-stream") as response:
            for raw in response:
                line = raw.decode().rstrip()
                if line == "event: complete":
                    return
                # Every other line is a heartbeat or the end of an event.
                if line.startswith("data: {"):
                    yield json.loads(line.removeprefix("data: "))["data"]

    def _open(self, query: str, variables: dict[str, Any], accept: str = "application/json") -> HTTPResponse:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(self.url, body, {**self.headers, "accept": accept})  # noqa: S310 - the user's own URL
        opened: HTTPResponse = urllib.request.urlopen(request)  # noqa: S310 - as above
        return opened


def main(url: str = "http://127.0.0.1:4000/graphql", sku: str = "PRESS-DOCK-1L") -> None:
    shop = Shop(url)
    login = shop.send(
        """mutation Login($input: LoginInput!) {
          login(input: $input) { accessToken user { name } errors { ... on UserError { message } } }
        }""",
        input={"email": "ada@example.com", "password": "entrepot-demo-1"},
    )["login"]
    shop.headers["authorization"] = f"Bearer {login['accessToken']}"
    print(f"Logged in as {login['user']['name']}.")

    variant = shop.send(
        "query Variant($sku: String!) { productVariantBySku(sku: $sku) { id product { name } } }", sku=sku
    )["productVariantBySku"]
    if variant is None:
        sys.exit(f"There is no variant with the SKU {sku}.")

    cart_id = shop.send(
        """mutation CreateCart($key: String!) {
          createCart(input: { currency: "EUR", idempotencyKey: $key }) {
            cart { id } errors { ... on UserError { message } }
          }
        }""",
        key=str(uuid.uuid4()),
    )["createCart"]["cart"]["id"]
    cart = shop.send(
        """mutation AddCartLine($input: AddCartLineInput!) {
          addCartLine(input: $input) {
            cart { revision total { amount currency } } errors { ... on UserError { message } }
          }
        }""",
        input={"cartId": cart_id, "variantId": variant["id"], "quantity": 1, "idempotencyKey": str(uuid.uuid4())},
    )["addCartLine"]["cart"]
    print(f"1 x {variant['product']['name']}: {cart['total']['amount']} {cart['total']['currency']}")

    method = shop.send(
        """mutation AddPaymentMethod($input: AddPaymentMethodInput!) {
          addPaymentMethod(input: $input) { paymentMethod { id } errors { ... on UserError { message } } }
        }""",
        input={"token": "tok_visa", "idempotencyKey": str(uuid.uuid4())},
    )["addPaymentMethod"]["paymentMethod"]
    order = shop.send(
        """mutation PlaceOrder($input: PlaceOrderInput!) {
          placeOrder(input: $input) { order { id status } errors { ... on UserError { message } } }
        }""",
        input={
            "cartId": cart_id,
            "expectedRevision": cart["revision"],
            "paymentMethodId": method["id"],
            "shippingAddress": {"name": "Ada", "line1": "1 Quay Street", "city": "Hamburg", "countryCode": "DE"},
            "idempotencyKey": str(uuid.uuid4()),
        },
    )["placeOrder"]["order"]
    statuses = shop.subscribe(
        """subscription OrderStatus($id: ID!) {
          orderStatusChanged(orderId: $id, after: 0) { position status reason order { number } }
        }""",
        id=order["id"],
    )
    for event in statuses:
        change = event["orderStatusChanged"]
        if change["position"] == 1:
            print(f"Order {change['order']['number']}")
        print(f"{change['position']}. {change['status']}" + (f" ({change['reason']})" if change["reason"] else ""))
        if change["status"] in {"CONFIRMED", "CANCELLED"}:
            break


if __name__ == "__main__":
    main(*sys.argv[1:])
