"""The graph that planning walks."""

from __future__ import annotations

import pytest

from entrepot.router.errors import SupergraphInvalid
from entrepot.router.graph import build_graph, print_dot, print_mermaid
from entrepot.router.supergraph import read_supergraph

_HEAD = """
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.4") { query: Query }
enum join__Graph { A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") }
"""
_SDL = (
    _HEAD
    + """
interface Account @join__type(graph: A, key: "id") @join__type(graph: B, key: "id", isInterfaceObject: true) {
  id: ID!
  name: String @join__field(graph: A)
  rating: Int @join__field(graph: B)
}
type Admin implements Account @join__implements(graph: A, interface: "Account") @join__type(graph: A, key: "id") {
  id: ID!
  name: String @join__field(graph: A, external: true)
  rating: Int @join__field
}
type Post @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  title: String @join__field(graph: A, overrideLabel: "x") @join__field(graph: B, override: "a", overrideLabel: "x")
}
type Query @join__type(graph: A) @join__type(graph: B) { account: Account @join__field(graph: A) }
"""
)


class TestEdges:
    def test_an_interface_object_gives_its_fields_and_key_to_every_implementation(self) -> None:
        graph = build_graph(read_supergraph(_SDL))
        assert graph.edges_of("Admin", "rating")["B"].entity_type == "Account"
        assert [key.entity_type for key in graph.keys_of("B", "Admin")] == ["Account"]
        assert graph.nodes["B", "Account"].is_interface_object

    def test_an_interface_field_counts_only_where_all_implementations_resolve_it(self) -> None:
        graph = build_graph(read_supergraph(_SDL))
        assert list(graph.edges_of("Account", "id")) == ["A", "B"]
        assert list(graph.edges_of("Account", "name")) == []

    def test_a_view_moves_the_fields_of_active_labels_and_is_kept(self) -> None:
        graph = build_graph(read_supergraph(_SDL))
        assert list(graph.edges_of("Post", "title")) == ["A"]
        moved = graph.view(frozenset({"x", "unknown"}))
        assert list(moved.edges_of("Post", "title")) == ["B"]
        assert graph.view(frozenset({"x"})) is moved
        assert graph.view(frozenset({"unknown"})) is graph

    def test_a_field_set_that_does_not_parse_is_refused(self) -> None:
        broken = _HEAD + 'type Query @join__type(graph: A, key: "id {") { id: ID! }'
        with pytest.raises(SupergraphInvalid):
            build_graph(read_supergraph(broken))


class TestPrinters:
    def test_dot_has_boxes_fields_and_dashed_keys(self) -> None:
        text = print_dot(build_graph(read_supergraph(_SDL)))
        assert '"Query/A" -> "Account/A" [label="account"];' in text
        assert '"Account/A" -> "Account/B" [style=dashed, label="key id"];' in text

    def test_mermaid_has_the_same_lines(self) -> None:
        graph = build_graph(read_supergraph(_SDL))
        dot, mermaid = print_dot(graph), print_mermaid(graph)
        assert mermaid.startswith("flowchart LR\n")
        assert mermaid.count("-->") + mermaid.count("-.->") == dot.count("->")
