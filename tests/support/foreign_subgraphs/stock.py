"""Stock of products, with Ariadne; whether a product has to be ordered depends on its title, which others know."""

from __future__ import annotations

from typing import Any

from ariadne.asgi import GraphQL
from ariadne.contrib.federation import FederatedObjectType, make_federated_schema

SDL = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires"])
type Product @key(fields: "sku") {
  sku: ID!
  title: String! @external
  pieces: Int!
  label: String! @requires(fields: "title")
}
"""
PIECES = {"kettle": 3, "lamp": 0}

product = FederatedObjectType("Product")


@product.reference_resolver
def resolve_product(_root: Any, _info: Any, representation: dict[str, Any]) -> dict[str, Any]:
    return representation


@product.field("pieces")
def resolve_pieces(parent: dict[str, Any], _info: Any) -> int:
    return PIECES[parent["sku"]]


@product.field("label")
def resolve_label(parent: dict[str, Any], _info: Any) -> str:
    return f"{parent['title']} x {PIECES[parent['sku']]}"


app = GraphQL(make_federated_schema(SDL, [product]))
