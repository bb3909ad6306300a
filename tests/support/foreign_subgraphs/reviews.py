"""Reviews of products, with Ariadne."""

from __future__ import annotations

from typing import Any

from ariadne.asgi import GraphQL
from ariadne.contrib.federation import FederatedObjectType, make_federated_schema

SDL = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
type Product @key(fields: "sku") { sku: ID! reviews: [Review!]! }
type User @key(fields: "id") { id: ID! reviews: [Review!]! }
type Review { text: String! author: User! }
"""
REVIEWS = [("kettle", "2", "Boils."), ("kettle", "1", "My own."), ("lamp", "1", "Bright.")]

product = FederatedObjectType("Product")
user = FederatedObjectType("User")


@product.reference_resolver
def resolve_product(_root: Any, _info: Any, representation: dict[str, Any]) -> dict[str, Any]:
    return {"sku": representation["sku"]}


@user.reference_resolver
def resolve_user(_root: Any, _info: Any, representation: dict[str, Any]) -> dict[str, Any]:
    return {"id": representation["id"]}


@product.field("reviews")
def resolve_product_reviews(parent: dict[str, Any], _info: Any) -> list[dict[str, Any]]:
    return [{"text": text, "author": {"id": author}} for sku, author, text in REVIEWS if sku == parent["sku"]]


@user.field("reviews")
def resolve_user_reviews(parent: dict[str, Any], _info: Any) -> list[dict[str, Any]]:
    return [{"text": text, "author": parent} for _, author, text in REVIEWS if author == parent["id"]]


app = GraphQL(make_federated_schema(SDL, [product, user]))
