"""The catalog in the words of tests that call it from several sides, and what must hold of its events."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from entrepot.shared.events.contracts.catalog import VariantChanged
from tests.support.subgraphs import STAFF, SubgraphUnderTest

Given = dict[str, Any]

SHOWN: Final = {
    "createCategory": "category { id slug }",
    "createProduct": "product { id slug status }",
    "createProductVariant": "variant { id sku }",
    "setProductVariantPrices": "variant { id }",
    "publishProduct": "product { id status }",
    "archiveProduct": "product { id status }",
}
ERRORS: Final = "errors { __typename ... on UserError { code message path } }"
OK: Final = ("OK", None)


@dataclass
class Catalog:
    """The catalog in the words of these tests; every event that it sent is kept by variant."""

    subgraph: SubgraphUnderTest
    events: dict[str, list[VariantChanged]] = field(default_factory=lambda: defaultdict(list))

    async def call(self, name: str, given: Given) -> dict[str, Any]:
        """The payload; nothing but the refusals that the mutation declares is an error."""
        input_type = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation ($input: {input_type}!) {{ {name}(input: $input) {{ {SHOWN[name]} {ERRORS} }} }}"
        response = await self.subgraph.execute(document, STAFF, input=given)
        assert "errors" not in response, response["errors"]
        payload: dict[str, Any] = response["data"][name]
        shown = next(value for key, value in payload.items() if key != "errors")
        assert (shown is None) == bool(payload["errors"])
        assert "RefusedError" not in [error["__typename"] for error in payload["errors"]]
        return payload

    async def call_at_once(self, *calls: tuple[str, Given]) -> list[dict[str, Any]]:
        return await asyncio.gather(*(self.call(name, given) for name, given in calls))

    async def made(self, name: str, given: Given) -> str:
        payload = await self.call(name, given)
        assert payload["errors"] == []
        return next(value["id"] for key, value in payload.items() if key != "errors")

    async def product(self, slug: str = "cup") -> str:
        return await self.made("createProduct", product(slug, key=f"product {slug}"))

    async def variant(self, product_id: str, sku: str = "CUP-1") -> str:
        return await self.made("createProductVariant", variant(product_id, sku, key=f"variant {sku}"))

    async def list_products(self, search: str = "") -> list[dict[str, Any]]:
        query = """query ($search: String) { products(first: 100, filter: { search: $search }) { edges { node {
          id slug status variants { id sku prices { channel current { minorUnits currency } } } } } } }"""
        found = await self.subgraph.execute(query, STAFF, search=search)
        return [edge["node"] for edge in found["data"]["products"]["edges"]]

    async def prices(self, variant_id: str) -> dict[str, int]:
        """What the variant costs in each currency, of the default channel."""
        (found,) = [
            variant
            for node in await self.list_products()
            for variant in node["variants"]
            if variant["id"] == variant_id
        ]
        return {price["current"]["currency"]: price["current"]["minorUnits"] for price in found["prices"]}

    async def check_events(self) -> None:
        """Each variant was announced with each of its revisions, and the last one is how it is now."""
        for event in await self.subgraph.published():
            assert isinstance(event, VariantChanged)
            self.events[event.variant_id].append(event)
        announced = {
            identity: sorted(events, key=lambda event: event.revision) for identity, events in self.events.items()
        }
        for events in announced.values():
            assert [event.revision for event in events] == list(range(1, len(events) + 1))
        assert {identity: facts_of(events[-1]) for identity, events in announced.items()} == {
            variant["id"]: (
                variant["sku"],
                node["status"] == "ACTIVE",
                {
                    (price["channel"], price["current"]["currency"]): price["current"]["minorUnits"]
                    for price in variant["prices"]
                },
            )
            for node in await self.list_products()
            for variant in node["variants"]
        }


def facts_of(event: VariantChanged) -> tuple[str, bool, dict[tuple[str, str], int]]:
    prices = {(price.channel, price.currency): price.minor_units for price in event.prices}
    return event.sku, event.is_sellable, prices


def category(slug: str, *, key: str, **given: Any) -> Given:
    return {"name": slug.title(), "slug": slug, "idempotencyKey": key, **given}


def product(slug: str, *, key: str, **given: Any) -> Given:
    images = [{"url": f"/{slug}.svg", "altText": slug}, {"url": f"/{slug}-2.svg", "altText": slug}]
    return {"name": slug.title(), "slug": slug, "images": images, "idempotencyKey": key, **given}


def variant(product_id: str, sku: str, *, key: str) -> Given:
    return {"productId": product_id, "sku": sku, "name": sku, "prices": prices(EUR=500), "idempotencyKey": key}


def prices(**amounts: int) -> list[Given]:
    """In the order of the currencies given."""
    return [{"amount": {"minorUnits": minor_units, "currency": currency}} for currency, minor_units in amounts.items()]


def count_outcomes(payloads: list[dict[str, Any]]) -> Counter[Any]:
    """How often each outcome came: OK, or the code and path of the only error."""
    outcomes: Counter[Any] = Counter()
    for payload in payloads:
        assert len(payload["errors"]) <= 1
        outcomes[next(((error["code"], (error["path"] or [None])[0]) for error in payload["errors"]), OK)] += 1
    return outcomes
