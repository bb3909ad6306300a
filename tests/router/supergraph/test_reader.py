"""Reading supergraph SDL."""

from __future__ import annotations

import pytest
from graphql import GraphQLObjectType, print_schema

from entrepot.router.errors import SupergraphInvalid
from entrepot.router.federation.joins import JoinField, JoinType
from entrepot.router.supergraph import read_supergraph

_HEAD = """
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.4", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)
  @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY) { query: Query }
enum join__Graph { A @join__graph(name: "a", url: "http://a") B @join__graph(name: "b", url: "http://b") }
scalar join__FieldSet
"""
_BODY = """
type Query @join__type(graph: A) @join__type(graph: B) {
  item(secret: Int @inaccessible, size: Int): Item @join__field(graph: A) @deprecated(reason: "old")
  hidden: Item @inaccessible @join__field(graph: B)
  cave: Cave @join__field(graph: A)
}
type Item @join__type(graph: A, key: "id") @join__type(graph: B, key: "id", extension: true, resolvable: false) {
  id: ID!
  cost: Int @join__field(graph: B, requires: "weight") @requiresScopes(scopes: [["cost:read", "staff"], ["admin"]])
  weight: Int @join__field(graph: A, type: "Int!") @join__field(graph: B, external: true)
  size: Size @authenticated
}
type Cave @inaccessible @join__type(graph: A) { id: ID }
enum Size @join__type(graph: A) @join__type(graph: B) {
  SMALL @join__enumValue(graph: A)
  SECRET @inaccessible @join__enumValue(graph: A)
}
"""


class TestModel:
    def test_subgraphs_types_and_fields_carry_their_joins(self) -> None:
        supergraph = read_supergraph(_HEAD + _BODY)
        assert {item.name: item.url for item in supergraph.subgraphs.values()} == {"a": "http://a", "b": "http://b"}
        item = supergraph.types["Item"]
        assert item.joins == (JoinType("A", "id"), JoinType("B", "id", extension=True, resolvable=False))
        assert item.fields["cost"].joins == (JoinField("B", requires="weight"),)
        assert item.fields["weight"].subgraph_types["A"].text == "Int!"
        assert item.fields["id"].joins == ()
        assert supergraph.types["Query"].fields["hidden"].is_inaccessible

    def test_authorization_is_an_or_of_ands(self) -> None:
        supergraph = read_supergraph(_HEAD + _BODY)
        cost = supergraph.field_authorization("Item", "cost")
        assert not cost.is_satisfied_by(is_authenticated=True, scopes=["cost:read"])
        assert cost.is_satisfied_by(is_authenticated=True, scopes=["cost:read", "staff"])
        assert cost.is_satisfied_by(is_authenticated=True, scopes=["admin"])
        assert not cost.is_satisfied_by(is_authenticated=False, scopes=["admin"])
        assert not supergraph.field_authorization("Item", "size").is_satisfied_by(is_authenticated=False)
        assert not supergraph.field_authorization("Item", "id")


class TestApiSchema:
    def test_clients_see_nothing_of_federation_and_nothing_inaccessible(self) -> None:
        printed = print_schema(read_supergraph(_HEAD + _BODY).api_schema)
        for absent in ("join__", "link__", "inaccessible", "hidden", "Cave", "cave", "SECRET", "secret", "@requires"):
            assert absent not in printed
        assert 'item(size: Int): Item @deprecated(reason: "old")' in printed

    def test_an_interface_that_is_gone_is_no_longer_implemented(self) -> None:
        sdl = (
            _HEAD
            + """
            type Query @join__type(graph: A) { item: Item }
            interface Ghost @inaccessible @join__type(graph: A) { id: ID }
            type Item implements Ghost @join__implements(graph: A, interface: "Ghost") @join__type(graph: A) { id: ID }
        """
        )
        item = read_supergraph(sdl).api_schema.type_map["Item"]
        assert isinstance(item, GraphQLObjectType)
        assert item.interfaces == ()


class TestLinks:
    def test_renamed_and_imported_specifications_are_followed(self) -> None:
        sdl = """
        schema @link(url: "https://specs.apollo.dev/link/v1.0")
          @link(url: "https://specs.apollo.dev/join/v0.5", as: "j", for: EXECUTION)
          @link(url: "https://specs.apollo.dev/inaccessible/v0.2", import: [{name: "@inaccessible", as: "@private"}])
          { query: Query }
        enum j__Graph { A @j__graph(name: "a", url: "") }
        type Query @j__type(graph: A) { shown: Int  gone: Int @private  inaccessible: Int }
        """
        supergraph = read_supergraph(sdl)
        assert supergraph.types["Query"].joins == (JoinType("A"),)
        assert supergraph.api_schema.query_type is not None
        assert set(supergraph.api_schema.query_type.fields) == {"shown", "inaccessible"}

    def test_the_first_join_specification_is_read(self) -> None:
        sdl = """
        schema @core(feature: "https://specs.apollo.dev/core/v0.1")
          @core(feature: "https://specs.apollo.dev/join/v0.1") { query: Query }
        enum join__Graph { A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") }
        type Query { item: Item @join__field(graph: A) }
        type Item @join__owner(graph: A) @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
          id: ID! @join__field(graph: A)
          price: Price
          stock: Int @join__field(graph: B)
        }
        type Price { amount: Int }
        """
        supergraph = read_supergraph(sdl)
        assert supergraph.types["Item"].owner == "A"
        assert supergraph.types["Price"].graphs == {"A", "B"}


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        ("type Query {", "does not parse"),
        ("type Query { a: Int }", "no `schema` definition"),
        ('schema @link(url: "https://specs.apollo.dev/link/v1.0") { query: Query }', "links no join specification"),
        ('schema @link(url: "https://specs.apollo.dev/join/v9.9") { query: Query }', "v9.9 is not known"),
        ('schema @link(url: "https://specs.apollo.dev/join/v0.3") { query: Query }', "enum join__Graph is missing"),
        (
            'schema @link(url: "https://rules.example/guard/v1.0", for: SECURITY) { query: Query }',
            "links https://rules.example/guard/v1.0 for SECURITY",
        ),
        (_HEAD + "type Query @join__type(graph: Z) { a: Int }", "names the graph Z"),
        (_HEAD + "type Query @join__type(graph: A) { a: Int @join__field(graph: Z) }", "names the graph Z"),
        (_HEAD + "type Query @join__type(graph: A) { a: Nothing }", "returns Nothing, which is not defined"),
        (_HEAD + "type Query @join__type(graph: A) { a: Int @inaccessible }", "API schema"),
    ],
)
def test_a_document_that_is_no_supergraph_is_refused_and_says_why(sdl: str, message: str) -> None:
    with pytest.raises(SupergraphInvalid) as refusal:
        read_supergraph(sdl)
    assert message in refusal.value.message
