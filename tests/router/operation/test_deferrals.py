"""`@defer` in a normalized operation: numbers, places and what is left of them for a request."""

from entrepot.router.operation import (
    hash_operation,
    normalize_operation,
    parse_document,
    print_operation,
    resolve_deferrals,
)
from entrepot.router.operation.model import NormalizedOperation
from entrepot.router.selection import Deferral, print_selections
from entrepot.router.supergraph import read_supergraph
from tests.support.small_graph import SUPERGRAPH

GRAPH = read_supergraph(SUPERGRAPH)


def normalize(text: str) -> NormalizedOperation:
    return normalize_operation(GRAPH, parse_document(text), None)


def test_a_fragment_has_a_number_at_each_place_where_it_stands() -> None:
    operation = normalize('{ me { ...F } people { ...F } } fragment F on Person { id ... @defer(label: "x") { name } }')
    assert operation.deferrals == (Deferral(0, ("me",), "x"), Deferral(1, ("people",), "x"))
    printed = print_selections(operation.selections)
    assert printed == "me { id ... @defer 0 { name } } people { id ... @defer 1 { name } }"


def test_an_inner_fragment_knows_the_one_around_it_and_moves_up_when_that_goes() -> None:
    operation = normalize("query ($a: Boolean!) { me { ... @defer(if: $a) { id ... @defer { name } } } }")
    assert operation.deferrals == (Deferral(0, ("me",), None, "a"), Deferral(1, ("me",), None, None, 0))
    resolved = resolve_deferrals(GRAPH, operation, frozenset({1}))
    assert resolved.deferrals == (Deferral(1, ("me",)),)
    assert print_selections(resolved.selections) == "me { id ... @defer 1 { name } }"


def test_without_any_the_operation_is_the_plain_one() -> None:
    operation = normalize("{ me { id ... on Person @defer { name } ... @defer(if: false) { serial } } }")
    resolved = resolve_deferrals(GRAPH, operation, frozenset())
    assert resolved == normalize("{ me { id name serial } }")


def test_labels_tell_operations_apart() -> None:
    texts = ["{ me { ... { id } } }", "{ me { ... @defer { id } } }", '{ me { ... @defer(label: "x") { id } } }']
    assert len({hash_operation(normalize(text)) for text in texts}) == 3


def test_they_are_printed_behind_the_operation() -> None:
    text = 'query ($a: Boolean!) { ... @defer(label: "x") { me { ... @defer(if: $a) { id } } } }'
    assert print_operation(normalize(text)) == (
        "query($a: Boolean!) { ... @defer 0 { me { ... @defer 1 { id } } } }"
        ' @defer 0 at the root label "x" @defer 1 at me inside 0 if $a'
    )
