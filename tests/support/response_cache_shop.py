"""Two subgraphs whose answers may be kept, and a router that keeps them: by fixtures, since every test has its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entrepot.router.app import build_router_app
from entrepot.router.composition import SubgraphSchema, compose
from entrepot.router.config import IdentityConfig, ResponseCacheConfig, RouterConfig, SubgraphCachingConfig
from entrepot.router.execution import AsgiTransport
from entrepot.shared.auth import IdentitySigner
from entrepot.shared.randomness import SystemRandomness
from tests.support.asgi_client import Answer, AsgiClient
from tests.support.clock import ManualClock
from tests.support.memory_subgraph import MemorySubgraph
from tests.support.tokens import build_verifier

Message = MutableMapping[str, Any]
LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@cacheTag"])\n'
SHOP = (
    LINK
    + """
type Query {
  products: [Product!]! @cacheTag(format: "all-products")
  product(id: ID!): Product @cacheTag(format: "asked-{$args.id}")
  hello: String
}
type Mutation { rename: String }
type Product @key(fields: "id") { id: ID! name: String }
"""
)
STOCK = (
    LINK
    + """
type Product @key(fields: "id") @cacheTag(format: "stock-of-{$key.id}") {
  id: ID!
  left: Int
  replacement: Product
}
"""
)
PUBLIC, PRIVATE = "public, max-age=60", "private, max-age=60"
QUERY = "{ products { id left } }"
ON = SubgraphCachingConfig()


class Shop:
    """Two subgraphs, how long their answers hold by name, and what they were asked."""

    def __init__(self) -> None:
        self.left: dict[str, Any] = {"1": 10, "2": 20, "3": 30}
        self.ids = ["1", "2"]
        self.control: dict[str, str | None] = {"shop": PUBLIC, "stock": PUBLIC}
        self.headers: dict[str, str] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        root = {
            "products": lambda _info: [self._product(identity) for identity in self.ids],
            "product": lambda _info, **arguments: self._product(arguments["id"]),
            "hello": "world",
            "rename": lambda _info: "done",
        }
        self.shop = MemorySubgraph(
            "shop", _executable(SHOP), root, {"Product": lambda given: self._product(given["id"])}
        )
        self.stock = MemorySubgraph(
            "stock", _executable(STOCK) + "type Query { none: Int }", {}, {"Product": self._stock}
        )
        self.transport = AsgiTransport({"shop": self._serve(self.shop), "stock": self._serve(self.stock)})

    def _product(self, identity: str) -> dict[str, Any]:
        return {"id": identity, "name": f"product {identity}"}

    def _stock(self, given: dict[str, Any]) -> Any:
        left = self.left[given["id"]]
        if isinstance(left, Exception):
            raise left
        return {"id": given["id"], "left": left, "replacement": {"id": "3"}}

    def _serve(self, subgraph: MemorySubgraph) -> Callable[..., Awaitable[None]]:
        async def app(scope: Message, receive: Any, send: Any) -> None:
            async def send_with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    control = self.control[subgraph.name]
                    given = {**({"cache-control": control} if control else {}), **self.headers}
                    pairs = [(name.encode(), value.encode()) for name, value in given.items()]
                    message["headers"] = [*message["headers"], *pairs]
                    await self.gate.wait()
                await send(message)

            await subgraph(scope, receive, send_with_headers)

        return app

    def list_asked(self) -> list[list[str]]:
        """The ids that each request to the stock asked for, since the last time."""
        asked = [[item["id"] for item in request["variables"]["representations"]] for request in self.stock.requests]
        self.stock.requests.clear()
        return asked

    def count_roots(self) -> int:
        count = len(self.shop.requests)
        self.shop.requests.clear()
        return count


def _executable(sdl: str) -> str:
    lines = [line for line in sdl.splitlines() if not line.startswith("extend schema")]
    return (
        "directive @key(fields: String!) on OBJECT\n"
        "directive @cacheTag(format: String!) repeatable on OBJECT | FIELD_DEFINITION\n" + "\n".join(lines)
    )


@pytest.fixture(scope="module")
def supergraph() -> str:
    result = compose([SubgraphSchema("shop", "http://shop", SHOP), SubgraphSchema("stock", "http://stock", STOCK)])
    assert result.supergraph_sdl is not None, result.errors
    return result.supergraph_sdl


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


Build = Callable[..., AsgiClient]


@pytest.fixture
def build(shop: Shop, clock: ManualClock, supergraph: str) -> Build:
    def build(*, mode: Any = "off", response_cache: Any = None, headers: Any = (), **rules: Any) -> AsgiClient:
        config = RouterConfig(
            response_cache=ResponseCacheConfig(**{"enabled": True, **rules}),
            identity=IdentityConfig(mode=mode),
            headers=headers,
        )
        return AsgiClient(
            build_router_app(
                config,
                supergraph,
                transport=shop.transport,
                verifier=build_verifier(clock),
                signer=IdentitySigner(Ed25519PrivateKey.generate(), clock),
                clock=clock,
                randomness=SystemRandomness(),
                response_cache=response_cache,
            )
        )

    return build


def read_left(answer: Answer) -> list[Any]:
    assert "errors" not in answer.json, answer.json
    return [product["left"] for product in answer.json["data"]["products"]]
