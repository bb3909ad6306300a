"""Vendure's shop as a client sees it: its shop API, as a storefront uses it for a guest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from benchmarks.shop.cases import LIST, SEARCH, SLUG, Facts, Read, describe_hits, describe_page, describe_product
from benchmarks.shop.client import Connection, WrongAnswer, decode, encode
from benchmarks.shop.goods import PAGE, Goods, pick

_TOKEN: Final = "vendure-auth-token"  # noqa: S105 - the name of a header
_PRODUCT: Final = "id name slug variants { id sku price currencyCode stockLevel }"
_LIST: Final = f"""query List($skip: Int!) {{
  products(options: {{ skip: $skip, take: {PAGE}, sort: {{ id: ASC }} }}) {{ items {{ {_PRODUCT} }} }} }}"""
_SLUG: Final = f"query Slug($slug: String!) {{ product(slug: $slug) {{ description {_PRODUCT} }} }}"
_SEARCH: Final = f"""query Search($word: String!) {{
  search(input: {{ term: $word, take: {PAGE}, groupByProduct: true }}) {{
    items {{ productId productName slug price {{ ... on PriceRange {{ min max }} }} currencyCode }} }} }}"""
_IDS: Final = """query ($skip: Int!) { products(options: { skip: $skip, take: 100, sort: { id: ASC } }) {
  items { variants { id sku } } totalItems } }"""
_ERROR: Final = "... on ErrorResult { errorCode message }"
_ADD: Final = f"""mutation ($variant: ID!) {{ addItemToOrder(productVariantId: $variant, quantity: 1) {{
  __typename ... on Order {{ id total lines {{ quantity productVariant {{ id sku }} }} }} {_ERROR} }} }}"""
_CUSTOMER: Final = f"""mutation ($input: CreateCustomerInput!) {{ setCustomerForOrder(input: $input) {{
  __typename {_ERROR} }} }}"""
_ADDRESS: Final = f"""mutation ($input: CreateAddressInput!) {{ setOrderShippingAddress(input: $input) {{
  __typename {_ERROR} }} }}"""
_METHODS: Final = "query { eligibleShippingMethods { id } }"
_METHOD: Final = f"""mutation ($ids: [ID!]!) {{ setOrderShippingMethod(shippingMethodId: $ids) {{
  __typename {_ERROR} }} }}"""
_ARRANGE: Final = f"""mutation {{ transitionOrderToState(state: "ArrangingPayment") {{
  __typename ... on Order {{ state }} {_ERROR} }} }}"""
_PAY: Final = f"""mutation {{ addPaymentToOrder(input: {{ method: "card", metadata: {{}} }}) {{
  __typename ... on Order {{ code state total }} {_ERROR} }} }}"""
_WHERE: Final = {"fullName": "Ada", "streetLine1": "1 Quay Street", "city": "Hamburg", "countryCode": "DE"}


class VendureShop:
    """A client of Vendure's shop API at `url`."""

    def __init__(self, url: str, goods: Goods) -> None:
        self.url = url
        self._goods = goods
        self._ids: dict[str, str] = {}

    async def learn(self, connection: Connection) -> None:
        products: list[dict[str, Any]] = []
        while True:
            page = (await connection.execute(_IDS, {"skip": len(products)}))["products"]
            products += page["items"]
            if len(products) >= page["totalItems"]:
                break
        self._ids = {item["sku"]: item["id"] for product in products for item in product["variants"]}

    def list_reads(self, case: str) -> Sequence[Read]:
        return _READS[case](self._goods)

    async def add_item(self, connection: Connection, number: int) -> None:
        await self._fill(connection, pick(self._goods.listed, number))

    async def check_out(self, connection: Connection, number: int) -> None:
        pay = await self.prepare_buyer(connection, pick(self._goods.bought, number), number)
        if not await pay():
            raise WrongAnswer("A payment was refused, of which there is plenty.")

    async def prepare_buyer(self, connection: Connection, sku: str, number: int) -> Callable[[], Awaitable[bool]]:
        headers = await self._fill(connection, sku)
        person = {
            "firstName": "Ada",
            "lastName": "Quay",
            "emailAddress": f"{number}-{headers['authorization'][-32:]}@bench.example",
        }
        await _perform(connection, _CUSTOMER, {"input": person}, headers)
        await _perform(connection, _ADDRESS, {"input": _WHERE}, headers)
        methods = (await connection.execute(_METHODS, {}, headers))["eligibleShippingMethods"]
        await _perform(connection, _METHOD, {"ids": [methods[0]["id"]]}, headers)
        await _perform(connection, _ARRANGE, {}, headers)
        price = self._goods.prices[sku]

        async def pay() -> bool:
            (order,) = (await connection.execute(_PAY, {}, headers)).values()
            if order["__typename"] != "Order":
                return False
            if order["total"] != price:
                raise WrongAnswer(f"An order costs {order['total']}, expected is {price}.")
            return bool(order["state"] == "PaymentSettled")

        return pay

    async def _fill(self, connection: Connection, sku: str) -> Mapping[str, str]:
        """A new session with one unit in its cart; the headers that continue it."""
        answer = await connection.post(encode(_ADD, {"variant": self._ids[sku]}))
        order = decode(answer.body)["addItemToOrder"]
        if order["__typename"] != "Order":
            raise WrongAnswer(f"A mutation was refused: {order}")
        lines = [(line["quantity"], line["productVariant"]["sku"]) for line in order["lines"]]
        price = self._goods.prices[sku]
        if lines != [(1, sku)] or order["total"] != price:
            raise WrongAnswer(f"The cart is {order}, expected is one {sku} at {price}.")
        return {"authorization": f"Bearer {answer.header(_TOKEN)}"}


def _list_pages(goods: Goods) -> Sequence[Read]:
    return [
        Read(
            encode(_LIST, {"skip": first}),
            describe_page(goods, first, PAGE),
            lambda data: tuple(map(_find_product, data["products"]["items"])),
        )
        for first in range(len(goods.listed) - PAGE + 1)
    ]


def _list_slugs(goods: Goods) -> Sequence[Read]:
    return [
        Read(
            encode(_SLUG, {"slug": product.slug}),
            describe_product(product),
            lambda data: _find_product(data["product"]),
        )
        for product in goods.listed
    ]


def _list_words(goods: Goods) -> Sequence[Read]:
    return [Read(encode(_SEARCH, {"word": word}), describe_hits(goods, word), _find_hits) for word in goods.words]


_READS: Final = {LIST: _list_pages, SLUG: _list_slugs, SEARCH: _list_words}


def _find_product(node: dict[str, Any]) -> Facts:
    variants = node["variants"]
    return (
        node["slug"],
        node["name"],
        tuple((item["sku"], item["price"], int(item["stockLevel"])) for item in variants),
    )


def _find_hits(data: dict[str, Any]) -> Facts:
    return frozenset(
        (item["slug"], item["productName"], item["price"]["min"], item["price"]["max"])
        for item in data["search"]["items"]
    )


async def _perform(
    connection: Connection, document: str, variables: Mapping[str, Any], headers: Mapping[str, str]
) -> None:
    """Raises WrongAnswer when the mutation was refused."""
    (result,) = (await connection.execute(document, variables, headers)).values()
    if result["__typename"] != "Order":
        raise WrongAnswer(f"A mutation was refused: {result}")
