"""Normalizing operations, pass by pass, through the public entry."""

from __future__ import annotations

import pytest

from entrepot.router.errors import OperationInvalid, OperationUnknown, SyntaxInvalid
from entrepot.router.operation import hash_operation, normalize_operation, parse_document, print_operation
from entrepot.router.supergraph import Supergraph, read_supergraph

_SDL = """
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.4") { query: Query }
enum join__Graph { A @join__graph(name: "a", url: "") }
interface Node @join__type(graph: A) { id: ID! }
type Book implements Node @join__implements(graph: A, interface: "Node") @join__type(graph: A) {
  id: ID!
  title(long: Boolean, in: In): String
}
type Film implements Node @join__implements(graph: A, interface: "Node") @join__type(graph: A) { id: ID! length: Int }
input In @join__type(graph: A) { a: Int b: Int }
type Query @join__type(graph: A) { node: Node book: Book }
"""


@pytest.fixture(scope="module")
def supergraph() -> Supergraph:
    return read_supergraph(_SDL)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "{ book { ...B } } fragment B on Book { ...N title } fragment N on Node { id }",
            "query { book { id title } }",
            id="named fragments",
        ),
        pytest.param(
            "{ node { ...N ... on Book { title ... on Film { length } } } } fragment N on Node { id }",
            "query { node { id ... on Book { title } } }",
            id="impossible fragments",
        ),
        pytest.param(
            "{ book { id } book { title id } node { ... on Book { id } ... on Book { title } } }",
            "query { book { id title } node { ... on Book { id title } } }",
            id="merging",
        ),
        pytest.param(
            "{ node { ... on Book { title } ... on Film { length } ... on Book { id } id ... on Book { t: title } } }",
            "query { node { ... on Book { title id } ... on Film { length } id ... on Book { t: title } } }",
            id="merging only what nothing of the same object parts",
        ),
        pytest.param(
            "{ book { id @skip(if: true) title @include(if: true) } node @include(if: false) { id } }",
            "query { book { title } }",
            id="literal conditions",
        ),
        pytest.param(
            "query ($a: Boolean!) { book @include(if: $a) { id @include(if: $a) ... @skip(if: $a) { title } } }",
            "query($a: Boolean!) { book @include(if: $a) { id } }",
            id="conditions that hold or fail already",
        ),
        pytest.param(
            "query ($a: Boolean!) { node { ... @include(if: $a) { id } ... on Node @skip(if: $a) { id } } }",
            "query($a: Boolean!) { node { ... @include(if: $a) { id } ... @skip(if: $a) { id } } }",
            id="conditions of fragments",
        ),
        pytest.param(
            "query Q($l: Boolean = true) { book { t: title(in: {a: 1}, long: $l) } }",
            "query Q($l: Boolean = true) { book { t: title(in: { a: 1 }, long: $l) } }",
            id="arguments and variables",
        ),
        pytest.param(
            "{ s: __schema { ...S } } fragment S on __Schema { queryType { name } }",
            "query { s: __schema { ... on __Schema { queryType { name } } } }",
            id="introspection",
        ),
    ],
)
def test_normal_form(supergraph: Supergraph, before: str, after: str) -> None:
    assert print_operation(normalize_operation(supergraph, parse_document(before), None)) == after


def test_operations_that_plan_alike_have_one_hash(supergraph: Supergraph) -> None:
    first = normalize_operation(supergraph, parse_document("{ book { ...B } } fragment B on Book { id }"), None)
    second = normalize_operation(supergraph, parse_document("query { book { id id } }"), None)
    other = normalize_operation(supergraph, parse_document("query { book { title } }"), None)
    assert hash_operation(first) == hash_operation(second) != hash_operation(other)


def test_an_operation_is_chosen_by_name(supergraph: Supergraph) -> None:
    document = parse_document("query A { book { id } } query B { book { title } }")
    assert print_operation(normalize_operation(supergraph, document, "B")) == "query B { book { title } }"
    for name in ("C", None):
        with pytest.raises(OperationUnknown):
            normalize_operation(supergraph, document, name)


def test_a_kind_that_the_schema_lacks_is_refused(supergraph: Supergraph) -> None:
    with pytest.raises(OperationInvalid):
        normalize_operation(supergraph, parse_document("mutation { a }"), None)


def test_syntax_errors_say_where() -> None:
    with pytest.raises(SyntaxInvalid) as refusal:
        parse_document("{ book(")
    assert refusal.value.extensions == {"locations": [{"line": 1, "column": 8}]}


def test_too_many_tokens_are_refused() -> None:
    with pytest.raises(SyntaxInvalid):
        parse_document("{ a b c d e f }", max_tokens=3)
