"""More of one variant than is ever bought."""

from __future__ import annotations

import uuid
from typing import Final

from tests.support.buying import find_variant
from tests.support.clients import GraphQLClient
from tests.support.offering import perform

_PLENTY: Final = 1_000_000
_LOCATIONS: Final = "{ locations(first: 1) { edges { node { id } } } }"


async def restock(admin: GraphQLClient, sku: str) -> str:
    """The id of the variant, of which there is plenty by the administrator's act; others have yet to hear of it."""
    variant = str((await find_variant(admin, sku))["id"])
    location = (await admin.data(_LOCATIONS))["locations"]["edges"][0]["node"]["id"]
    stock = {"variantId": variant, "locationId": location, "delta": _PLENTY, "reason": "A delivery."}
    await perform(admin, "adjustStock", **stock, idempotencyKey=uuid.uuid4().hex)
    return variant
