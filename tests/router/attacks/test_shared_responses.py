"""F7: a response that others may store names every request header on which it depends."""

from hashlib import sha256
from typing import Any

import pytest

from entrepot.router.app import build_router_app
from entrepot.router.config import (
    ApiKeyConfig,
    ApiKeysConfig,
    AuthenticationConfig,
    CorsConfig,
    HeaderRule,
    QueryPlanConfig,
    ResponseCacheConfig,
    RouterConfig,
)
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.response_cache_shop import QUERY, Shop, clock, shop, supergraph

__all__ = ["clock", "shop", "supergraph"]
KEY = ApiKeyConfig(name="k", sha256=sha256(b"secret").hexdigest(), subject="partner")


async def ask(
    shop: Shop, clock: ManualClock, supergraph: str, sent: dict[str, str] | None = None, **sections: Any
) -> tuple[str, set[str]]:
    """The `Cache-Control` of a response, and the names in all its `Vary`."""
    config = RouterConfig(response_cache=ResponseCacheConfig(enabled=True), **sections)
    client = AsgiClient(build_router_app(config, supergraph, transport=shop.transport, clock=clock))
    exchange = client.open("GET", "/graphql", sent or {}, query_string=f"query={QUERY}".replace(" ", "%20"))
    await exchange.run()
    headers = exchange.messages[0]["headers"]
    vary = ",".join(value.decode() for name, value in headers if name == b"vary")
    [control] = [value.decode() for name, value in headers if name == b"cache-control"]
    assert b'"data"' in exchange.body
    return control, {name.strip() for name in vary.split(",")}


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({}, set()),
        ({"headers": (HeaderRule(propagate=("X-Tenant", "accept-language")),)}, {"x-tenant", "accept-language"}),
        ({"headers": (HeaderRule(propagate=("cookie",), subgraphs=("stock",)),)}, {"cookie"}),
        ({"headers": (HeaderRule(propagate=("x-a",)), HeaderRule(propagate=("x-b",)))}, {"x-a", "x-b"}),
        ({"headers": (HeaderRule(propagate=("x-old",), rename={"x-old": "x-new"}),)}, {"x-old"}),
        ({"headers": (HeaderRule(insert={"x-fixed": "1"}),)}, set()),
        ({"headers": (HeaderRule(propagate=("x-*",)),)}, {"x-sent", "*"}),
        ({"headers": (HeaderRule(propagate=("*",)),)}, {"x-sent", "user-agent", "*"}),
        ({"authentication": AuthenticationConfig(api_keys=ApiKeysConfig(header="X-Key", keys=(KEY,)))}, {"x-key"}),
        ({"cors": CorsConfig(origins=("https://shop.test",))}, {"origin"}),
    ],
)
async def test_it_names_what_it_depends_on(
    shop: Shop, clock: ManualClock, supergraph: str, sections: dict[str, Any], expected: set[str]
) -> None:
    control, names = await ask(shop, clock, supergraph, {"x-sent": "1"}, **sections)
    assert (control, names) == ("public, max-age=60", {"accept", "authorization", *expected})


async def test_one_with_a_query_plan_is_not_stored(shop: Shop, clock: ManualClock, supergraph: str) -> None:
    for expose in ("on", "off"):
        shown = QueryPlanConfig(expose=expose)  # type: ignore[arg-type]  # each is one of them
        sent = {"entrepot-query-plan": "include"}
        assert (await ask(shop, clock, supergraph, sent, query_plan=shown))[0] == "no-store"
