"""What one subgraph must keep, and what the subgraphs must keep together: one small breach a rule."""

from __future__ import annotations

import pytest

from router.composition import SubgraphSchema, compose
from tests.support.composition import codes_of, compose_sdl

ENTITY = 'type U @key(fields: "id") { id: ID! } '

BREACHES = {
    "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS": {
        "a": 'type Query { u: U } type U @key(fields: "id") @context(name: "c") { id: ID! p: P! n: Int } '
        'type P @key(fields: "id") { id: ID! f(x: Int @fromContext(field: "$c { n }")): Int @shareable }',
        "b": 'type P @key(fields: "id") { id: ID! f(x: Int!): Int @shareable }',
    },
    "CONTEXT_INVALID_SELECTION": {
        "a": 'type Query { u: U } type U @key(fields: "id") @context(name: "c") { id: ID! p: P! n: String } '
        'type P @key(fields: "id") { id: ID! f(x: Int @fromContext(field: "$c { n }")): Int }'
    },
    "CONTEXT_NAME_INVALID": {"a": 'type Query @context(name: "a_b") { f: Int }'},
    "CONTEXT_NOT_SET": {
        "a": 'type Query { u: U } type U @key(fields: "id") { id: ID! f(x: Int @fromContext(field: "$c { n }")): Int }'
    },
    "CONTEXT_NO_RESOLVABLE_KEY": {
        "a": 'type Query { u: U } type U @context(name: "c") { p: P! n: Int } '
        'type P { f(x: Int @fromContext(field: "$c { n }")): Int }'
    },
    "NO_CONTEXT_IN_SELECTION": {
        "a": 'type Query { u: U } type U @key(fields: "id") { id: ID! f(x: Int @fromContext(field: "{ n }")): Int }'
    },
    "EMPTY_MERGED_ENUM_TYPE": {
        "a": "type Query { f(e: E): Int } enum E { X }",
        "b": "type Query { g(e: E): Int } enum E { Y }",
    },
    "EMPTY_MERGED_INPUT_TYPE": {
        "a": "type Query { f(i: I): Int } input I { x: Int }",
        "b": "type Query { g(i: I): Int } input I { y: Int }",
    },
    "EXTENSION_WITH_NO_BASE": {"a": "type Query { u: U } extend type U { x: Int }"},
    "EXTERNAL_ARGUMENT_TYPE_MISMATCH": {
        "a": 'type Query { u: U } type U @key(fields: "id") { id: ID! x(a: Int): Int }',
        "b": 'type U @key(fields: "id") { id: ID! x(a: String): Int @external y: Int @requires(fields: "x") }',
    },
    "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE": {
        "a": 'type Query { u: U @external @provides(fields: "id") } ' + ENTITY
    },
    "EXTERNAL_ON_INTERFACE": {"a": "type Query { n: N } interface N { x: Int @external }"},
    "EXTERNAL_UNUSED": {"a": 'type Query { u: U } type U @key(fields: "id") { id: ID! x: Int @external }'},
    "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE": {
        "a": 'type Query { n: N } interface N @key(fields: "id") { id: ID! } '
        'type P implements N @key(fields: "id") { id: ID! }',
        "b": 'interface N { id: ID! } type Q implements N @key(fields: "id") { id: ID! }',
    },
    "INTERFACE_KEY_NOT_ON_IMPLEMENTATION": {
        "a": 'type Query { n: N } interface N @key(fields: "id") { id: ID! } type P implements N { id: ID! }'
    },
    "INTERFACE_OBJECT_USAGE_ERROR": {"a": "type Query { n: N } type N @interfaceObject { id: ID! }"},
    "INVALID_SHAREABLE_USAGE": {"a": "type Query { n: N } interface N { x: Int @shareable }"},
    "LIST_SIZE_APPLIED_TO_NON_LIST": {"a": "type Query { f: Int @listSize(assumedSize: 3) }"},
    "PROVIDES_FIELDS_HAS_ARGS": {
        "a": 'type Query { u: U @provides(fields: "x") } type U @key(fields: "id") { id: ID! x(a: Int): Int @external }'
    },
    "PROVIDES_UNSUPPORTED_ON_INTERFACE": {
        "a": 'type Query { n: N } interface N { u: U @provides(fields: "x") } type P implements N { u: U } '
        'type U @key(fields: "id") { id: ID! x: Int @external }'
    },
    "PROVIDES_INVALID_FIELDS_TYPE": {"a": "type Query { u: U @provides(fields: 3) } " + ENTITY},
    "KEY_DIRECTIVE_IN_FIELDS_ARG": {
        "a": 'type Query { u: U } type U @key(fields: "id @include(if: true)") { id: ID! }'
    },
    "REQUIRES_DIRECTIVE_IN_FIELDS_ARG": {
        "a": 'type Query { u: U } type U @key(fields: "id") { id: ID! x: Int @external '
        'y: Int @requires(fields: "x @skip(if: true)") }'
    },
    "REQUIRES_UNSUPPORTED_ON_INTERFACE": {
        "a": 'type Query { n: N } interface N { x: Int y: Int @requires(fields: "x") } '
    },
    "TYPE_KIND_MISMATCH": {"a": "type Query { x: X } type X { a: Int }", "b": "scalar X type Query { y: X }"},
    "UNKNOWN_LINK_VERSION": {
        "a": 'extend schema @link(url: "https://specs.apollo.dev/link/v9.9") type Query { x: Int }'
    },
}


@pytest.mark.parametrize("code", BREACHES)
def test_breach(code: str) -> None:
    assert code in codes_of(**BREACHES[code])


def test_a_key_on_an_interface_is_fine_since_2_3() -> None:
    sdl = (
        'type Query { n: N } interface N @key(fields: "id") { id: ID! } '
        'type P implements N @key(fields: "id") { id: ID! }'
    )
    assert codes_of("2.3", a=sdl) == set()
    assert codes_of("2.2", a=sdl) == {"KEY_UNSUPPORTED_ON_INTERFACE"}


def test_errors_of_all_subgraphs_are_reported_together_with_their_places() -> None:
    result = compose_sdl(a="type Query { a: Nowhere }", b="\ntype Query {\n  b: Neither\n}")
    assert [(error.code, error.locations[0].subgraph, error.locations[0].line) for error in result.errors] == [
        ("INVALID_GRAPHQL", "a", 2),
        ("INVALID_GRAPHQL", "b", 4),
    ]


def test_sdl_that_does_not_parse_is_an_error_with_its_place() -> None:
    result = compose([SubgraphSchema("a", "", "type Query {\n  a Int\n}")])
    assert result.supergraph_sdl is None
    (error,) = result.errors
    assert (error.code, error.locations[0].line, error.locations[0].column) == ("INVALID_GRAPHQL", 2, 5)


def test_two_subgraphs_of_one_name_are_refused() -> None:
    same = SubgraphSchema("a", "", "type Query { a: Int }")
    assert {error.code for error in compose([same, same]).errors} == {"INVALID_SUBGRAPH_NAME"}


def test_no_subgraphs_have_no_queries() -> None:
    assert {error.code for error in compose([]).errors} == {"NO_QUERIES"}


def test_an_unknown_directive_says_what_to_do() -> None:
    (error,) = compose([SubgraphSchema("a", "", "type Query { a: Int @shareable }")]).errors
    assert error.code == "INVALID_GRAPHQL"
    assert 'unknown directive "@shareable"; import it with @link or define it' in error.message
