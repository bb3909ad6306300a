"""Customers who buy at a steady rate, and ask again as real clients do when there was no answer."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from tests.support.buying import ADD_LINE, ADD_METHOD, ADDRESS, CREATE_CART, PLACE, REGISTER
from tests.support.clients import GraphQLClient

RETRYABLE: Final = frozenset(
    {
        "SERVICE_UNAVAILABLE",
        "SUBGRAPH_UNAVAILABLE",
        "SUBGRAPH_TIMED_OUT",
        "SUBGRAPH_CIRCUIT_OPEN",
        "SUBGRAPH_OVERLOADED",
        "REQUEST_TIMED_OUT",
        "REVOCATION_UNKNOWN",
    }
)
"""Codes that say: try again. Whoever answers with another one must mean it."""

SKU: Final = "BEAN-HARBOUR-250"
_PAUSE: Final = 0.25
_ANSWER_SECONDS: Final = 30.0
_GIVE_UP_SECONDS: Final = 180.0
_TOKENS: Final = ("tok_visa", "tok_visa", "tok_visa", "tok_declined")


class Wrong(AssertionError):
    """An answer that no fault of a part excuses."""


@dataclass
class Purchase:
    """One purchase; times are the loop's. Without `order_id` it was not accepted."""

    key: str
    token: str
    begun: float
    customer: GraphQLClient | None = None
    order_id: str | None = None
    status: str | None = None
    reason: str | None = None
    ended: float | None = None


@dataclass
class Shoppers:
    """Several customers; `buy_steadily` begins `rate` purchases a second until they are told to `leave`."""

    client: GraphQLClient
    run: str
    variant: str
    rate: float
    purchases: list[Purchase] = field(default_factory=list)
    retries: Counter[str] = field(default_factory=Counter)
    _customers: Sequence[GraphQLClient] = ()
    _leaving: asyncio.Event = field(default_factory=asyncio.Event)

    async def arrive(self, count: int = 4) -> None:
        """Register the customers."""
        emails = [f"{self.run}-{number}@faults.example" for number in range(count)]
        self._customers = await asyncio.gather(*(self._register(email) for email in emails))

    async def buy_steadily(self) -> None:
        """Begin purchases at the rate, whatever becomes of those before; return when all of them are answered."""
        async with asyncio.TaskGroup() as group:
            for number in itertools.count():
                customer = self._customers[number % len(self._customers)]
                token = _TOKENS[number % len(_TOKENS)]
                purchase = Purchase(f"{self.run}-{number}", token, asyncio.get_running_loop().time(), customer)
                self.purchases.append(purchase)
                group.create_task(self._buy(customer, purchase))
                try:
                    await asyncio.wait_for(self._leaving.wait(), 1 / self.rate)
                except TimeoutError:
                    continue
                return

    def leave(self) -> None:
        """Begin no more purchases."""
        self._leaving.set()

    async def _register(self, email: str) -> GraphQLClient:
        given = {"email": email, "password": "a-long-password-1", "name": "Ada", "idempotencyKey": email}
        payload = (await self._ask(self.client, REGISTER, given))["register"]
        return self.client.as_(payload["accessToken"])

    async def _buy(self, customer: GraphQLClient, purchase: Purchase) -> None:
        given = {"idempotencyKey": purchase.key}
        cart = (await self._ask(customer, CREATE_CART, {"currency": "EUR", **given}))["createCart"]["cart"]
        line = {"cartId": cart["id"], "variantId": self.variant, "quantity": 1, **given}
        added = (await self._ask(customer, ADD_LINE, line))["addCartLine"]["cart"]
        card = await self._ask(customer, ADD_METHOD, {"token": purchase.token, **given})
        order = {
            "cartId": cart["id"],
            "expectedRevision": added["revision"],
            "paymentMethodId": card["addPaymentMethod"]["paymentMethod"]["id"],
            "shippingAddress": ADDRESS,
            **given,
        }
        purchase.order_id = (await self._ask(customer, PLACE, order))["placeOrder"]["order"]["id"]

    async def _ask(self, client: GraphQLClient, document: str, given: dict[str, Any]) -> dict[str, Any]:
        """The data of a mutation that was not refused; asked again, the same, until there is an answer."""
        async with asyncio.timeout(_GIVE_UP_SECONDS):
            while True:
                reason, data = await self._try(client, document, given)
                if not reason:
                    return data
                self.retries[reason] += 1
                await asyncio.sleep(_PAUSE)

    async def _try(self, client: GraphQLClient, document: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        body = {"query": document, "variables": {"input": given}}
        limit = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        try:
            async with client.session.post(client.url, json=body, headers=client.headers, timeout=limit) as response:
                text = await response.text()
                status = response.status
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            return type(error).__name__, {}
        if status in (502, 503, 504) and not text.startswith("{"):
            return f"HTTP {status}", {}  # HAProxy, which had no router to ask.
        answer = json.loads(text)
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        if codes & RETRYABLE:
            return min(codes & RETRYABLE), {}
        if codes:
            raise Wrong(f"{given['idempotencyKey']}: {answer}")
        (payload,) = answer["data"].values()
        refusals = [error["code"] for error in payload["errors"]]
        if refusals == ["CART_NOT_READY"]:
            return refusals[0], {}
        if refusals:
            raise Wrong(f"{given['idempotencyKey']}: {payload}")
        return "", answer["data"]
