"""A user who outgrows the router puts another in front of the same subgraphs, and clients notice nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from entrepot.wiring.demo import FIRST_QUERY, MY_ORDERS, ORDER_IN_FULL
from entrepot.wiring.supergraph import compose_file
from tests.support.buying import (
    ADD_LINE,
    ADDRESS,
    BROWSE,
    CREATE_CART,
    PLACE,
    WATCH,
    add_payment_method,
    find_variant,
    watch,
)
from tests.support.clients import GraphQLClient
from tests.support.mesh import Shop, open_shop
from tests.support.node import NodeClient, need_client
from tests.support.other_router import serve_gateway
from tests.support.tree import ROOT

pytestmark = [pytest.mark.node, pytest.mark.asyncio(loop_scope="module")]

SKU = "BEAN-HARBOUR-250"
CUSTOMER, STAFF, ANONYMOUS, FORGED = "customer", "staff", "anonymous", "forged"

MY_CART = """{ myCart { id revision total { minorUnits currency } owner { email }
  lines { quantity unitPrice { amount } variant { sku name product { slug name category { name } }
  availability { available } } } } }"""
PRODUCT = """query ($slug: String!) { productBySlug(slug: $slug) { __typename id name description
  variants { ...V } } } fragment V on ProductVariant { id sku price(currency: "EUR") { current { minorUnits } }
  availability { available isInStock } }"""
STOCK = """{ stockLevels(first: 50) { edges { node { onHand reserved location { name }
  variant { sku product { name } } } } } }"""
CONDITIONAL = """query ($slug: String!, $stock: Boolean!, $name: Boolean!) { productBySlug(slug: $slug) {
  name @skip(if: $name) variants { sku availability @include(if: $stock) { available } } } }"""
SHAPE = "{ __schema { types { name kind fields { name args { name } } possibleTypes { name } } } }"
ME = "{ me { name } }"
AN_ORDER = '{ order(id: "ord_none") { number } }'
LOCATIONS = "{ locations { edges { node { id } } } }"


@dataclass(frozen=True)
class Routers:
    """One shop behind both: `ours` in the process, `other` by HTTP on the subgraphs' own addresses."""

    shop: Shop
    other: GraphQLClient
    tokens: Mapping[str, str | None]
    order: dict[str, Any]

    def clients(self, who: str) -> tuple[GraphQLClient, GraphQLClient]:
        token = self.tokens[who]
        return self.shop.client.as_(token), self.other.as_(token)

    async def ask(self, who: str, document: str, **variables: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Both answers, ours first."""
        ours, other = self.clients(who)
        return await ours.send(document, variables), await other.send(document, variables)


@pytest.fixture(scope="module")
def gateway() -> NodeClient:
    return need_client("gateway")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def routers(gateway: NodeClient, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Routers]:
    """Both routers, and an order that the customer placed through the other one."""
    folder = tmp_path_factory.mktemp("routers")
    async with open_shop(folder / "data") as shop:
        composed = compose_file(ROOT / "supergraph.yaml", {"ENTREPOT_SUBGRAPHS_URL": shop.subgraphs_url})
        assert composed.supergraph_sdl is not None, composed.errors
        supergraph = folder / "supergraph.graphql"
        supergraph.write_text(composed.supergraph_sdl)
        async with serve_gateway(gateway, supergraph, folder) as url:
            other = replace(shop.client, url=url)
            customer = (await shop.login("ada@example.com")).token
            staff = (await shop.login("staff@example.com")).token
            assert customer is not None
            tokens = {CUSTOMER: customer, STAFF: staff, ANONYMOUS: None, FORGED: forge(customer)}
            order = await buy(other.as_(customer))
            await watch(shop.client.as_(customer), order["id"])
            await shop.running.wait_until_idle()
            yield Routers(shop, other, tokens, order)


def forge(token: str) -> str:
    """The token with another's claims under its old signature."""
    head, _, signature = token.split(".")
    other = token.split(".")[1][:-4] + "AAAA"
    return f"{head}.{other}.{signature}"


async def buy(client: GraphQLClient) -> dict[str, Any]:
    """An order of two things, every step through that client's router."""
    variant = await find_variant(client, SKU)
    assert variant["availability"]["available"] > 2
    created = (await client.data(CREATE_CART, input=cart_input("buy")))["createCart"]
    assert created["errors"] == []
    added = (await client.data(ADD_LINE, input=line_input(created["cart"]["id"], variant["id"], "buy")))["addCartLine"]
    assert added["errors"] == []
    placed = (await client.data(PLACE, input=await order_input(client, added["cart"], "buy")))["placeOrder"]
    assert placed["errors"] == []
    order: dict[str, Any] = placed["order"]
    assert order["status"] == "PENDING"
    return order


def cart_input(key: str) -> dict[str, Any]:
    return {"currency": "EUR", "idempotencyKey": key}


def line_input(cart_id: str, variant_id: str, key: str) -> dict[str, Any]:
    return {"cartId": cart_id, "variantId": variant_id, "quantity": 2, "idempotencyKey": key}


async def order_input(client: GraphQLClient, cart: dict[str, Any], key: str) -> dict[str, Any]:
    return {
        "cartId": cart["id"],
        "expectedRevision": cart["revision"],
        "paymentMethodId": await add_payment_method(client, key=key),
        "shippingAddress": ADDRESS,
        "idempotencyKey": key,
    }


async def read_stream(
    client: GraphQLClient, document: str, variables: dict[str, Any], count: int
) -> list[dict[str, Any]]:
    """That many events of a subscription, by server-sent events."""
    body = {"query": document, "variables": variables}
    headers = {**client.headers, "accept": "text/event-stream"}
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(20), client.session.post(client.url, json=body, headers=headers) as response:
        async for line in response.content:
            if line.startswith(b"data:"):
                found.append(json.loads(line.removeprefix(b"data:")))
            if len(found) == count:
                return found
    pytest.fail(f"the stream ended early, after {found}")


def codes(answer: dict[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", [])}


class TestTheSameData:
    @pytest.mark.parametrize("who", [ANONYMOUS, CUSTOMER, STAFF])
    @pytest.mark.parametrize(
        ("document", "variables"),
        [
            pytest.param(FIRST_QUERY, {}, id="first query"),
            pytest.param(BROWSE, {"search": "espresso"}, id="search"),
            pytest.param(PRODUCT, {"slug": "dockside-press"}, id="fragment"),
            pytest.param(PRODUCT, {"slug": "no-such-thing"}, id="null"),
            pytest.param(CONDITIONAL, {"slug": "dockside-press", "stock": True, "name": False}, id="included"),
            pytest.param(CONDITIONAL, {"slug": "dockside-press", "stock": False, "name": True}, id="skipped"),
            pytest.param("{ categories { name slug children { name parent { slug } } } }", {}, id="tree"),
        ],
    )
    async def test_what_anyone_may_see(
        self, routers: Routers, who: str, document: str, variables: dict[str, Any]
    ) -> None:
        ours, other = await routers.ask(who, document, **variables)
        assert "errors" not in ours
        assert other == ours

    async def test_a_guest_is_nobody_without_an_error(self, routers: Routers) -> None:
        for document in (ME, MY_ORDERS, "{ myCart { id } }"):
            ours, other = await routers.ask(ANONYMOUS, document)
            assert ours == other
            assert "errors" not in ours
            assert list(ours["data"].values()) == [None]

    async def test_a_sign_in_brings_the_guests_cart(self, routers: Routers) -> None:
        document = """mutation ($email: String!, $cart: SignInGuestCartInput!) { login(input: {
          email: $email, password: "entrepot-demo-1", guestCart: $cart }) { cart { id lines { quantity } } } }"""
        for client in routers.clients(ANONYMOUS):
            variant = await find_variant(client, SKU)
            made = (await client.data(CREATE_CART, input=cart_input(f"guest-{client.url}")))["createCart"]
            cart_id, token = made["cart"]["id"], made["guestToken"]
            line = {**line_input(cart_id, variant["id"], "guest"), "guestToken": token}
            assert (await client.data(ADD_LINE, input=line))["addCartLine"]["errors"] == []
            cart = {"id": cart_id, "token": token}
            answer = await client.data(document, email="grace@example.com", cart=cart)
            assert answer["login"]["cart"]["id"] == cart_id
            assert answer["login"]["cart"]["lines"][0]["quantity"] >= 2

    async def test_orders_across_five_subgraphs(self, routers: Routers) -> None:
        ours, other = await routers.ask(CUSTOMER, ORDER_IN_FULL, order=routers.order["id"])
        assert "errors" not in ours
        assert other == ours
        order = ours["data"]["order"]
        assert order["status"] == "CONFIRMED"
        assert order["customer"]["email"] == "ada@example.com"
        assert [payment["status"] for payment in order["payments"]] == ["AUTHORIZED"]
        assert [line["variant"]["sku"] for line in order["lines"]] == [SKU]

    async def test_my_orders(self, routers: Routers) -> None:
        ours, other = await routers.ask(CUSTOMER, MY_ORDERS)
        assert "errors" not in ours
        assert other == ours
        numbers = [edge["node"]["number"] for edge in ours["data"]["me"]["orders"]["edges"]]
        assert [number.startswith("EP-") for number in numbers] == [True]

    async def test_what_another_subgraph_requires(self, routers: Routers) -> None:
        document = "query ($id: ID!) { order(id: $id) { total { amount } amountDue { minorUnits currency } } }"
        ours, other = await routers.ask(CUSTOMER, document, id=routers.order["id"])
        assert ours["data"]["order"]["amountDue"] == {"minorUnits": 0, "currency": "EUR"}
        assert other == ours

    async def test_the_live_status_of_an_order(self, routers: Routers) -> None:
        ours, other = routers.clients(CUSTOMER)
        variables = {"id": routers.order["id"], "after": 0}
        changes = await read_stream(ours, WATCH, variables, 4)
        assert [change["data"]["orderStatusChanged"]["position"] for change in changes] == [1, 2, 3, 4]
        assert changes[-1]["data"]["orderStatusChanged"]["order"]["customer"] == {"name": "Ada Lovelace"}
        assert await read_stream(other, WATCH, variables, 4) == changes

    async def test_what_staff_sees(self, routers: Routers) -> None:
        ours, other = await routers.ask(STAFF, STOCK)
        assert "errors" not in ours
        assert other == ours
        assert ours["data"]["stockLevels"]["edges"]

    async def test_a_cart_filled_through_one_is_there_in_the_other(self, routers: Routers) -> None:
        ours, other = routers.clients(CUSTOMER)
        variant = await find_variant(other, SKU)
        created = (await other.data(CREATE_CART, input=cart_input("both")))["createCart"]
        await ours.data(ADD_LINE, input=line_input(created["cart"]["id"], variant["id"], "both"))
        mine = await ours.send(MY_CART)
        assert mine["data"]["myCart"]["id"] == created["cart"]["id"]
        assert [line["quantity"] for line in mine["data"]["myCart"]["lines"]] == [2]
        assert await other.send(MY_CART) == mine

    async def test_a_mutation_repeated_through_the_other_is_answered_the_same(self, routers: Routers) -> None:
        variant = await find_variant(routers.other, SKU)
        ours, other = await routers.ask(CUSTOMER, CREATE_CART, input=cart_input("repeated"))
        assert other == ours
        line = line_input(ours["data"]["createCart"]["cart"]["id"], variant["id"], "repeated")
        ours, other = await routers.ask(CUSTOMER, ADD_LINE, input=line)
        assert other == ours
        cart = ours["data"]["addCartLine"]["cart"]
        await routers.shop.running.wait_until_idle()
        given = await order_input(routers.clients(CUSTOMER)[1], cart, "repeated")
        ours, other = await routers.ask(CUSTOMER, PLACE, input=given)
        assert ours["data"]["placeOrder"]["errors"] == []
        assert other["data"]["placeOrder"]["order"]["id"] == ours["data"]["placeOrder"]["order"]["id"]
        await routers.shop.running.wait_until_idle()

    async def test_a_refusal_is_data_in_both(self, routers: Routers) -> None:
        wrong = line_input("crt_00000000-0000-7000-8000-000000000000", "var_00000000-0000-7000-8000-000000000000", "no")
        ours, other = await routers.ask(CUSTOMER, ADD_LINE, input=wrong)
        assert [error["code"] for error in ours["data"]["addCartLine"]["errors"]] == ["NOT_FOUND"]
        assert other == ours

    async def test_introspection_tells_the_same_schema(self, routers: Routers) -> None:
        ours, other = await routers.ask(ANONYMOUS, SHAPE)
        assert shape(other) == shape(ours)


class TestWhatIsProtected:
    """The other router checks nothing, so every refusal here is a subgraph's own."""

    @pytest.mark.parametrize(
        ("who", "document", "code"),
        [
            pytest.param(ANONYMOUS, AN_ORDER, "UNAUTHENTICATED", id="nobody has no order"),
            pytest.param(ANONYMOUS, LOCATIONS, "UNAUTHENTICATED", id="nobody sees no stock"),
            pytest.param(CUSTOMER, LOCATIONS, "FORBIDDEN", id="a customer sees no stock"),
            pytest.param(CUSTOMER, "{ users { edges { node { email } } } }", "FORBIDDEN", id="nor others' addresses"),
            pytest.param(FORGED, ME, "UNAUTHENTICATED", id="a forged token names nobody"),
            pytest.param(FORGED, FIRST_QUERY, "UNAUTHENTICATED", id="a forged token is not anonymous"),
        ],
    )
    async def test_it_is_refused(self, routers: Routers, who: str, document: str, code: str) -> None:
        ours, other = await routers.ask(who, document)
        assert codes(other) == {code}
        assert codes(ours)
        # A null for each refused root field may stand for the whole, by the root field's nullability.
        assert not any((other["data"] or {}).values())
        assert not any((ours.get("data") or {}).values())

    async def test_anothers_order_is_not_there(self, routers: Routers) -> None:
        token = (await routers.shop.login("grace@example.com")).token
        document = "query ($id: ID!) { order(id: $id) { number } }"
        for client in (routers.shop.client.as_(token), routers.other.as_(token)):
            assert (await client.data(document, id=routers.order["id"]))["order"] is None

    async def test_a_token_ends_with_the_logout(self, routers: Routers) -> None:
        token = (await routers.shop.login("grace@example.com")).token
        grace = routers.other.as_(token)
        assert (await grace.data(ME))["me"] == {"name": "Grace Hopper"}
        await routers.shop.client.as_(token).data("mutation { logout { errors { __typename } } }")
        assert codes(await grace.send(ME)) == {"UNAUTHENTICATED"}


class TestThePublishedFile:
    async def test_it_is_loaded_as_it_is(self, gateway: NodeClient, tmp_path: Path) -> None:
        supergraph = ROOT / "schema" / "supergraph.graphql"
        async with serve_gateway(gateway, supergraph, tmp_path) as url, aiohttp.ClientSession() as session:
            answer = await GraphQLClient(session, url).data("{ __schema { queryType { fields { name } } } }")
        fields = {field["name"] for field in answer["__schema"]["queryType"]["fields"]}
        assert {"products", "me", "myCart", "order"} <= fields
        assert not {"_entities", "_service"} & fields


def shape(answer: dict[str, Any]) -> set[str]:
    """Every type, field and argument of an introspection, in any order.

    Without names of specifications (`requiresScopes__Scope`), of which the other router leaves one in sight.
    """
    types = [kind for kind in answer["data"]["__schema"]["types"] if "__" not in kind["name"]]
    return {
        json.dumps([kind["name"], kind["kind"], sorted(map(json.dumps, kind[part] or []))])
        for kind in types
        for part in ("fields", "possibleTypes")
    }
