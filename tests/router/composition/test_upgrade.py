"""Federation 1 subgraphs beside federation 2 ones."""

from __future__ import annotations

from entrepot.router.composition import SubgraphSchema, compose
from tests.support.composition import link
from tests.support.supergraphs import read_statements


def _statements(**sdl: str) -> set[str]:
    result = compose([SubgraphSchema(name, "", text) for name, text in sdl.items()])
    assert result.supergraph_sdl is not None, "\n".join(map(str, result.errors))
    return read_statements(result.supergraph_sdl)


def _codes(**sdl: str) -> set[str]:
    return {error.code for error in compose([SubgraphSchema(name, "", text) for name, text in sdl.items()]).errors}


def test_the_external_key_of_an_extension_is_resolved_there() -> None:
    statements = _statements(
        a='type Query { u: U } type U @key(fields: "id") { id: ID! }',
        b='extend type U @key(fields: "id") { id: ID! @external age: Int }',
    )
    assert "U.id: ID!" in statements
    assert not any(each.startswith("U.id @join__field") for each in statements)
    assert 'U @join__type(graph: B, key: "id")'.replace('"id"', "id") in statements


def test_value_types_are_shared_and_unused_externals_dropped() -> None:
    statements = _statements(
        a="type Query { a: Money } type Money { amount: Int }",
        b='type Query { b: Money } type Money { amount: Int } extend type Q2 @key(fields: "id") { id: ID @external '
        "gone: Int @external x: Int }",
        c='type Q2 @key(fields: "id") { id: ID gone: Int }',
    )
    assert "Q2.gone @join__field(graph: C)" in statements
    assert not any("Q2.gone @join__field(external" in each for each in statements)


def test_fields_of_entities_are_shared_with_federation_2_subgraphs_only_when_these_say_so() -> None:
    old = 'type Query { u: U } type U @key(fields: "id") { id: ID! name: String }'
    new = 'type U @key(fields: "id") { id: ID! name: String%s }'
    assert _codes(a=old, b=link() + new % "") == {"INVALID_FIELD_SHARING"}
    assert _codes(a=old, b=link() + new % " @shareable") == set()


def test_an_extension_of_nothing_is_refused() -> None:
    assert _codes(a='type Query { a: Int } extend type U @key(fields: "id") { id: ID! @external }') == {
        "EXTENSION_WITH_NO_BASE"
    }


def test_a_type_of_which_nothing_is_left_is_refused_where_it_is_used() -> None:
    assert _codes(
        a="type Query { u: U } type U @extends { name: String! @external }",
        b='type Query { v: U } type U @key(fields: "id") { id: ID! name: String }',
    ) == {"TYPE_WITH_ONLY_UNUSED_EXTERNAL"}
