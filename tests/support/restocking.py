"""More of one variant than is ever bought."""

from __future__ import annotations

import uuid
from typing import Final

from tests.support.buying import find_variant
from tests.support.clients import GraphQLClient
from tests.support.faults.shopping import SKU
from tests.support.mesh import Shop

_PLENTY: Final = 100_000
_LOCATIONS: Final = "{ locations(first: 1) { edges { node { id } } } }"
_RESTOCK: Final = """mutation ($input: AdjustStockInput!) { adjustStock(input: $input) {
  errors { ... on UserError { code message } } } }"""


async def restock(shop: Shop, admin: GraphQLClient) -> str:
    """The id of the variant that customers of the load buy, of which there is plenty now by the administrator's act."""
    variant = str((await find_variant(shop.client, SKU))["id"])
    edges = (await admin.data(_LOCATIONS))["locations"]["edges"]
    stock = {
        "variantId": variant,
        "locationId": edges[0]["node"]["id"],
        "delta": _PLENTY,
        "reason": "A delivery.",
        "idempotencyKey": uuid.uuid4().hex,
    }
    restocked = await admin.data(_RESTOCK, input=stock)
    assert restocked["adjustStock"]["errors"] == []
    await shop.running.settle()
    return variant
