"""Our shop as a client sees it: `entrepot serve`, or another way to run it that has the same graph."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from benchmarks.shop.cases import LIST, SEARCH, SLUG, Facts, Read, describe_hits, describe_page, describe_product
from benchmarks.shop.client import Connection, WrongAnswer, encode
from benchmarks.shop.goods import PAGE, Goods, pick

_ATTEMPTS, _PAUSE = 400, 0.05
_PASSWORD: Final = "a-long-password-1"  # noqa: S105 - of buyers who are made up
_ADDRESS: Final = {"name": "Ada", "line1": "1 Quay Street", "city": "Hamburg", "countryCode": "DE"}
_PRICE: Final = 'price(currency: "EUR") { current { minorUnits currency } }'
_PRODUCT: Final = f"id name slug variants {{ id sku {_PRICE} availability {{ available }} }}"
_ERRORS: Final = "errors { __typename ... on UserError { code message } }"

DOCUMENTS: Final[Mapping[str, str]] = {
    LIST: f"""query List($first: Int!, $after: String) {{ products(first: $first, after: $after) {{
  edges {{ node {{ {_PRODUCT} }} }} pageInfo {{ hasNextPage }} }} }}""",
    SLUG: f"query Slug($slug: String!) {{ productBySlug(slug: $slug) {{ description {_PRODUCT} }} }}",
    SEARCH: f"""query Search($word: String!) {{ products(first: {PAGE}, filter: {{ search: $word }}) {{
  edges {{ node {{ id name slug variants {{ sku {_PRICE} }} }} }} }} }}""",
}
"""The reads; the floor answers the same."""
_CURSORS: Final = """query ($after: String) { products(first: 100, after: $after) {
  edges { cursor node { id variants { id sku } } } pageInfo { hasNextPage endCursor } } }"""
_CREATE: Final = f"""mutation ($input: CreateCartInput!) {{ createCart(input: $input) {{
  cart {{ id }} guestToken {_ERRORS} }} }}"""
_ADD: Final = f"""mutation ($input: AddCartLineInput!) {{ addCartLine(input: $input) {{
  cart {{ id revision total {{ minorUnits }} lines {{ quantity variant {{ id sku }} }} }} {_ERRORS} }} }}"""
_REGISTER: Final = f"""mutation ($input: RegisterInput!) {{ register(input: $input) {{
  accessToken {_ERRORS} }} }}"""
_ADD_METHOD: Final = f"""mutation ($input: AddPaymentMethodInput!) {{ addPaymentMethod(input: $input) {{
  paymentMethod {{ id }} {_ERRORS} }} }}"""
_PLACE: Final = f"""mutation ($input: PlaceOrderInput!) {{ placeOrder(input: $input) {{
  order {{ id number total {{ minorUnits }} }} {_ERRORS} }} }}"""
_WATCH: Final = """subscription ($id: ID!) { orderStatusChanged(orderId: $id, after: 0) { status paymentStatus } }"""


class OurShop:
    """A client of our graph at `url`."""

    def __init__(self, url: str, goods: Goods) -> None:
        self.url = url
        self._goods = goods
        self._ids: dict[str, str] = {}
        self._places: list[tuple[str | None, str]] = [(None, "")]

    async def learn(self, connection: Connection) -> None:
        after: str | None = None
        self._places, self._ids = [(None, "")], {}
        while True:
            page = (await connection.execute(_CURSORS, {"after": after}))["products"]
            for edge in page["edges"]:
                self._places.append((edge["cursor"], edge["node"]["id"]))
                self._ids |= {item["sku"]: item["id"] for item in edge["node"]["variants"]}
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]

    def list_reads(self, case: str) -> Sequence[Read]:
        return _READS[case](self._goods, self._places)

    async def add_item(self, connection: Connection, number: int) -> None:
        await self._fill(connection, pick(self._goods.listed, number))

    async def check_out(self, connection: Connection, number: int) -> None:
        pay = await self.prepare_buyer(connection, pick(self._goods.bought, number), number)
        if not await pay():
            raise WrongAnswer("An order was cancelled, of which there is plenty.")

    async def prepare_buyer(self, connection: Connection, sku: str, number: int) -> Callable[[], Awaitable[bool]]:
        name = f"{number}-{uuid.uuid4().hex}"
        given = {"email": f"{name}@bench.example", "password": _PASSWORD, "name": "Ada", "idempotencyKey": name}
        token = (await _perform(connection, _REGISTER, given))["accessToken"]
        headers = {"authorization": f"Bearer {token}"}
        cart = await self._fill(connection, sku, headers)
        order = {
            "cartId": cart["id"],
            "expectedRevision": cart["revision"],
            "shippingAddress": _ADDRESS,
            "idempotencyKey": name,
        }

        async def pay() -> bool:
            added = await _perform(connection, _ADD_METHOD, {"token": "tok_visa", "idempotencyKey": name}, headers)
            order["paymentMethodId"] = added["paymentMethod"]["id"]
            placed = await _place(connection, order, headers)
            if placed["total"] != cart["total"]:
                raise WrongAnswer(f"An order costs {placed['total']}, its cart {cart['total']}.")
            body = encode(_WATCH, {"id": placed["id"]})
            events = await connection.follow(body, headers, lambda got: b"CONFIRMED" in got or b"CANCELLED" in got)
            return b"CONFIRMED" in events

        return pay

    async def _fill(self, connection: Connection, sku: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A new cart with one unit in it, of a new guest or of the customer whose headers they are."""
        key = uuid.uuid4().hex
        created = await _perform(connection, _CREATE, {"currency": "EUR", "idempotencyKey": key}, headers)
        line = {"cartId": created["cart"]["id"], "variantId": self._ids[sku], "guestToken": created["guestToken"]}
        payload = await _perform(connection, _ADD, {**line, "idempotencyKey": key}, headers)
        cart: dict[str, Any] = payload["cart"]
        price = self._goods.prices[sku]
        lines = [(line["quantity"], line["variant"]["sku"]) for line in cart["lines"]]
        if lines != [(1, sku)] or cart["total"]["minorUnits"] != price:
            raise WrongAnswer(f"The cart is {cart}, expected is one {sku} at {price}.")
        return cart


def _list_pages(goods: Goods, places: Sequence[tuple[str | None, str]]) -> Sequence[Read]:
    return [
        Read(
            encode(DOCUMENTS[LIST], {"first": PAGE, "after": cursor}),
            describe_page(goods, first, PAGE),
            lambda data: tuple(_find_product(edge["node"]) for edge in data["products"]["edges"]),
            {"after": product_id},
        )
        for first, (cursor, product_id) in enumerate(places[: len(goods.listed) - PAGE + 1])
    ]


def _list_slugs(goods: Goods, _places: object) -> Sequence[Read]:
    return [
        Read(
            encode(DOCUMENTS[SLUG], {"slug": product.slug}),
            describe_product(product),
            lambda data: _find_product(data["productBySlug"]),
            {"slug": product.slug},
        )
        for product in goods.listed
    ]


def _list_words(goods: Goods, _places: object) -> Sequence[Read]:
    return [
        Read(encode(DOCUMENTS[SEARCH], {"word": word}), describe_hits(goods, word), _find_hits, {"word": word})
        for word in goods.words
    ]


_READS: Final = {LIST: _list_pages, SLUG: _list_slugs, SEARCH: _list_words}


def _find_product(node: dict[str, Any]) -> Facts:
    variants = node["variants"]
    return (
        node["slug"],
        node["name"],
        tuple((item["sku"], _price_of(item), item["availability"]["available"]) for item in variants),
    )


def _find_hits(data: dict[str, Any]) -> Facts:
    return frozenset(
        (
            edge["node"]["slug"],
            edge["node"]["name"],
            min(map(_price_of, edge["node"]["variants"])),
            max(map(_price_of, edge["node"]["variants"])),
        )
        for edge in data["products"]["edges"]
    )


def _price_of(variant: dict[str, Any]) -> int:
    return int(variant["price"]["current"]["minorUnits"])


async def _place(connection: Connection, order: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """The order; orders hear of a cart a moment after carts, and the request is then to be sent again."""
    for _ in range(_ATTEMPTS):
        payload: dict[str, Any] = (await connection.execute(_PLACE, {"input": order}, headers))["placeOrder"]
        if [error["code"] for error in payload["errors"]] != ["CART_NOT_READY"]:
            break
        await asyncio.sleep(_PAUSE)
    if payload["errors"]:
        raise WrongAnswer(f"An order was refused: {payload['errors']}")
    placed: dict[str, Any] = payload["order"]
    return placed


async def _perform(
    connection: Connection, document: str, given: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The payload of a mutation; raises WrongAnswer when it was refused."""
    (payload,) = (await connection.execute(document, {"input": given}, headers)).values()
    if payload["errors"]:
        raise WrongAnswer(f"A mutation was refused: {payload['errors']}")
    result: dict[str, Any] = payload
    return result
