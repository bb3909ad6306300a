"""How breaches of the rules are reported; which breach has which code is in `test_catalogue.py`."""

from __future__ import annotations

from entrepot.router.composition import SubgraphSchema, compose
from tests.support.composition import codes_of, compose_sdl


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
