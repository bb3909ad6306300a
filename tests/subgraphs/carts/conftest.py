"""Carts on a fresh database, with words for what customers, guests and other domains do."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.auth import Principal
from entrepot.shared.events.contracts.carts import CartChanged
from entrepot.shared.events.contracts.catalog import ListedPrice, VariantChanged
from tests.support.postgres import DatabasesOfTests
from tests.support.subgraphs import SubgraphUnderTest, customer, open_subgraph

CART = """
  id revision status currency channel allowedTransitions mergedIntoId owner { id }
  lines { id quantity variant { id sku } seller { id } problem { code }
          unitPrice { minorUnits } lineTotal { minorUnits currency } }
  subtotal { minorUnits currency amount } total { minorUnits } taxLines { name rate tax { amount } }
  problems { code message lineId }
"""
ERRORS = "errors { __typename ... on UserError { code path message } }"


@dataclass
class Carts:
    """The subgraph, in the words of its tests."""

    subgraph: SubgraphUnderTest
    keys: Any = field(default_factory=itertools.count)
    revisions: dict[str, int] = field(default_factory=dict)

    async def list_variant(self, number: int = 1, minor_units: int | None = 500, **facts: Any) -> str:
        """Let the catalog announce the variant as it is now; None is no price."""
        identity = f"var_{number}"
        self.revisions[identity] = facts.pop("revision", self.revisions.get(identity, 0) + 1)
        prices = () if minor_units is None else (ListedPrice("default", "EUR", minor_units),)
        given = {
            "variant_id": identity,
            "product_id": "prd_1",
            "seller_id": "sel_1",
            "sku": f"SKU-{number}",
            "product_name": "Cup",
            "variant_name": "Blue",
            "is_sellable": True,
            "prices": prices,
            "revision": self.revisions[identity],
        }
        await self.subgraph.receive(VariantChanged(**{**given, **facts}))
        return identity

    async def mutate(self, name: str, fields: str, principal: Principal, given: dict[str, Any]) -> dict[str, Any]:
        kind = f"{name[0].upper()}{name[1:]}Input"
        query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {fields} {ERRORS} }} }}"
        response = await self.subgraph.execute(query, principal, input=given)
        assert "errors" not in response, response
        payload: dict[str, Any] = response["data"][name]
        return payload

    async def create(self, principal: Principal | None = None, **given: Any) -> dict[str, Any]:
        given = {"currency": "EUR", "idempotencyKey": f"key-{next(self.keys)}", **given}
        return await self.mutate("createCart", f"guestToken cart {{ {CART} }}", principal or customer(), given)

    async def start(self, principal: Principal | None = None, **given: Any) -> str:
        """A cart's id."""
        return str((await self.create(principal, **given))["cart"]["id"])

    async def add(
        self, cart_id: str, variant_id: str, quantity: int = 1, principal: Principal | None = None, **given: Any
    ) -> dict[str, Any]:
        given = {"idempotencyKey": f"key-{next(self.keys)}", **given}
        given |= {"cartId": cart_id, "variantId": variant_id, "quantity": quantity}
        return await self.mutate("addCartLine", f"cart {{ {CART} }}", principal or customer(), given)

    async def change(
        self, cart_id: str, line_id: str, quantity: int, principal: Principal | None = None, **given: Any
    ) -> dict[str, Any]:
        given |= {"cartId": cart_id, "lineId": line_id, "quantity": quantity}
        return await self.mutate("changeCartLine", f"cart {{ {CART} }}", principal or customer(), given)

    async def remove(
        self, cart_id: str, line_id: str, principal: Principal | None = None, **given: Any
    ) -> dict[str, Any]:
        given |= {"cartId": cart_id, "lineId": line_id}
        return await self.mutate("removeCartLine", f"cart {{ {CART} }}", principal or customer(), given)

    async def claim(self, cart_id: str, token: str, principal: Principal | None = None) -> dict[str, Any]:
        given = {"cartId": cart_id, "guestToken": token}
        return await self.mutate("claimCart", f"cart {{ {CART} }}", principal or customer(), given)

    async def read(self, cart_id: str, principal: Principal | None = None, token: str | None = None) -> Any:
        query = f"query ($id: ID!, $token: String) {{ cart(id: $id, guestToken: $token) {{ {CART} }} }}"
        response = await self.subgraph.execute(query, principal or customer(), id=cart_id, token=token)
        assert "errors" not in response, response
        return response["data"]["cart"]

    async def mine(self, principal: Principal | None = None) -> Any:
        response = await self.subgraph.execute(f"{{ myCart {{ {CART} }} }}", principal or customer())
        return response["data"]["myCart"]

    async def changes(self, cart_id: str | None = None) -> list[CartChanged]:
        """What was announced of the cart (of all carts) since the last call."""
        news = [event for event in await self.subgraph.published() if isinstance(event, CartChanged)]
        return [event for event in news if cart_id in (None, event.cart_id)]


def codes(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    """The refusals of a payload: code and path."""
    assert payload["cart"] is None or not payload["errors"]
    return [(error["code"], error["path"]) for error in payload["errors"]]


@pytest.fixture
def refusals() -> Any:
    return codes


@pytest.fixture
def carts_on() -> Any:
    """Wraps a subgraph that a test opens itself."""
    return Carts


@pytest.fixture
async def carts_on_postgres(tmp_path: Path, databases: DatabasesOfTests) -> AsyncIterator[Carts]:
    """For what SQLite does not have: several writers, and a planner to ask."""
    async with open_subgraph("carts", tmp_path, url=await databases.lend("carts")) as subgraph:
        yield Carts(subgraph)


@pytest.fixture
async def carts(tmp_path: Path, database_url: str | None) -> AsyncIterator[Carts]:
    async with open_subgraph("carts", tmp_path, url=database_url) as subgraph:
        yield Carts(subgraph)
