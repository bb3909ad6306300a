"""What a field asks of its caller because of the fields that it is computed from."""

from __future__ import annotations

import pytest

from entrepot.router.composition import SubgraphSchema, compose
from entrepot.router.pipeline.authorization.permissions import Permissions
from entrepot.router.supergraph import read_supergraph

HEAD = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ['
ORDERS = (
    HEAD
    + """"@key", "@shareable", "@context", "@fromContext", "@requiresScopes"])
type Query { order: Order }
type Order @key(fields: "id") @context(name: "order") {
  id: ID!
  margin: Int! @requiresScopes(scopes: [["margins:read"]])
  currency: String!
  lines: [Line!]!
}
type Line @key(fields: "id") {
  id: ID!
  profit(margin: Int! @fromContext(field: "$order { margin }")): Int! @requiresScopes(scopes: [["margins:read"]])
  price(currency: String! @fromContext(field: "$order { currency }")): Int!
}
"""
)


@pytest.fixture
def permissions() -> Permissions:
    result = compose([SubgraphSchema("orders", "http://orders", ORDERS)])
    assert result.supergraph_sdl is not None, result.errors
    # Our composer asks for the protection to be written out; one that does not must not open a way around it.
    lines = result.supergraph_sdl.splitlines()
    bare = [line.split(" @requiresScopes")[0] if line.lstrip().startswith("profit") else line for line in lines]
    assert bare != lines
    return Permissions(read_supergraph("\n".join(bare)))


def test_an_argument_from_a_context_asks_what_its_selection_asks(permissions: Permissions) -> None:
    profit = permissions.of_field("Line", "profit")
    assert profit == permissions.of_field("Order", "margin")
    assert profit


def test_an_argument_from_what_is_open_asks_nothing(permissions: Permissions) -> None:
    assert not permissions.of_field("Line", "price")
