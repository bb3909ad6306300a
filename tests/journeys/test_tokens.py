"""Tokens of every wrong kind, against the real shop."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.buying import fill_cart, find_variant, place_order
from tests.support.clients import GraphQLClient
from tests.support.mesh import Shop, open_shop

ME = "{ me { id } }"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as shop:
        yield shop


def forge(token: str, header: dict[str, Any], claims: dict[str, Any], key: Any, algorithm: str) -> str:
    """A token like the real one, with other claims, signed by another key."""
    real = jwt.decode(token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(token)["kid"]
    return jwt.encode({**real, **claims}, key, algorithm=algorithm, headers={"kid": kid, **header})


async def code_of(client: GraphQLClient, token: str | None) -> str | None:
    response = await client.as_(token).send(ME)
    return response["errors"][0]["extensions"]["code"] if "errors" in response else None


async def test_wrong_tokens_are_refused_whole(shop: Shop) -> None:
    real = (await shop.login("ada@example.com")).token
    assert real is not None
    assert await code_of(shop.client, real) is None
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    async with shop.client.session.get(f"{shop.subgraphs_url}/accounts/.well-known/jwks.json") as answer:
        (published,) = (await answer.json())["keys"]
    head, body, signature = real.split(".")
    altered = json.loads(base64.urlsafe_b64decode(body + "=="))
    altered["scope"] = "orders:read"
    wider = base64.urlsafe_b64encode(json.dumps(altered).encode()).decode().rstrip("=")
    wrong = {
        "nonsense": "nonsense",
        "another key": forge(real, {}, {}, stranger, "RS256"),
        "no algorithm": forge(real, {}, {}, None, "none"),
        "a shared secret": forge(real, {}, {}, published["n"], "HS256"),
        "wider scopes": f"{head}.{wider}.{signature}",
        "an unknown key": forge(real, {"kid": "../../etc/passwd"}, {}, stranger, "RS256"),
        "too long": real + "x" * 10_000,
    }
    assert {name: await code_of(shop.client, token) for name, token in wrong.items()} == dict.fromkeys(
        wrong, "UNAUTHENTICATED"
    )


async def test_a_logged_out_token_is_worth_nothing(shop: Shop) -> None:
    ada = await shop.login("ada@example.com")
    await ada.data("mutation { logout { errors { __typename } } }")
    assert await code_of(shop.client, ada.token) == "UNAUTHENTICATED"
    async with ada.session.post(ada.url, json={"query": ME}, headers=ada.headers) as response:
        assert response.status == 401


async def test_a_spent_refresh_token_ends_the_session(shop: Shop) -> None:
    login = """mutation { login(input: { email: "ada@example.com", password: "entrepot-demo-1" }) {
      accessToken refreshToken } }"""
    tokens = (await shop.client.data(login))["login"]
    refresh = """mutation ($token: String!) { refresh(input: { refreshToken: $token }) {
      accessToken refreshToken errors { ... on UserError { code } } } }"""
    fresh = (await shop.client.data(refresh, token=tokens["refreshToken"]))["refresh"]
    assert await code_of(shop.client, fresh["accessToken"]) is None
    stolen = (await shop.client.data(refresh, token=tokens["refreshToken"]))["refresh"]
    assert stolen["errors"] == [{"code": "INVALID_REFRESH_TOKEN"}]
    assert await code_of(shop.client, fresh["accessToken"]) == "UNAUTHENTICATED"
    again = (await shop.client.data(refresh, token=fresh["refreshToken"]))["refresh"]
    assert again["errors"] == [{"code": "INVALID_REFRESH_TOKEN"}]


async def test_another_customers_things_are_unknown(shop: Shop) -> None:
    ada, grace = await asyncio.gather(shop.login("ada@example.com"), shop.login("grace@example.com"))
    variant = await find_variant(ada, "TEA-ASSAM-100")
    cart = await fill_cart(ada, variant["id"])
    order = await place_order(ada, cart)
    query = "query ($cart: ID!, $order: ID!) { cart(id: $cart) { id } order(id: $order) { id } }"
    assert await grace.data(query, cart=cart["id"], order=order["id"]) == {"cart": None, "order": None}
    cancel = "mutation ($id: ID!) { cancelOrder(input: { orderId: $id }) { errors { ... on UserError { code } } } }"
    payload = await grace.data(cancel, id=order["id"])
    assert payload["cancelOrder"]["errors"] == [{"code": "NOT_FOUND"}]
