"""Which queries the subgraphs can answer together, and how it is explained when they cannot."""

from __future__ import annotations

from tests.support.composition import codes_of, compose_sdl


def test_the_error_shows_a_query_and_a_reason_for_each_subgraph() -> None:
    result = compose_sdl(
        a="type Query { users(limit: Int!): [User] } type User @shareable { name: String }",
        b="type User @shareable { name: String age: Int }",
    )
    (error,) = result.errors
    assert error.code == "SATISFIABILITY_ERROR"
    assert "{ users(limit: 0) { age } }" in error.message
    assert 'in "a", "User" has no field "age"' in error.message
    assert '"b" has "age" and cannot be entered: "User" has no resolvable @key there' in error.message
    assert [(each.subgraph, each.line) for each in error.locations] == [("b", 2)]


def test_a_key_may_be_gathered_in_a_third_subgraph() -> None:
    subgraphs = {
        "a": 'type Query { u: U } type U @key(fields: "id") { id: ID! }',
        "b": 'type U @key(fields: "id") { id: ID! email: String @shareable }',
        "c": 'type U @key(fields: "email") { email: String @shareable age: Int }',
    }
    assert codes_of(**subgraphs) == set()
    assert codes_of(**dict(subgraphs, b='type U @key(fields: "id") { id: ID! }')) == {"SATISFIABILITY_ERROR"}


def test_a_key_that_is_not_resolvable_leads_nowhere() -> None:
    a = 'type Query { u: U } type U @key(fields: "id") { id: ID! }'
    b = 'type U @key(fields: "id", resolvable: false) { id: ID! age: Int }'
    assert codes_of(a=a, b=b) == {"SATISFIABILITY_ERROR"}


def test_provided_fields_count_on_the_path_that_provides_them_only() -> None:
    users = "type U @shareable { id: ID! name: String }"
    a = (
        'type Query { near: U @provides(fields: "name") far: U } '
        'type U @key(fields: "id") { id: ID! name: String @external }'
    )
    result = compose_sdl(a=a, b=users)
    assert [error.code for error in result.errors] == ["SATISFIABILITY_ERROR"]
    assert "{ far { name } }" in result.errors[0].message
    near = a.replace("far: U", "")
    assert codes_of(a=near, b=users) == set()


def test_requirements_may_chain_across_subgraphs() -> None:
    a = 'type Query { u: U } type U @key(fields: "id") { id: ID! a: Int }'
    b = 'type U @key(fields: "id") { id: ID! a: Int @external b: Int @requires(fields: "a") }'
    c = 'type U @key(fields: "id") { id: ID! b: Int @external c: Int @requires(fields: "b") }'
    assert codes_of(a=a, b=b, c=c) == set()


def test_requirements_that_need_each_other_cannot_be_met() -> None:
    a = 'type Query { u: U } type U @key(fields: "id") { id: ID! b: Int @external a: Int @requires(fields: "b") }'
    b = 'type U @key(fields: "id") { id: ID! a: Int @external b: Int @requires(fields: "a") }'
    assert codes_of(a=a, b=b) == {"SATISFIABILITY_ERROR"}


def test_hidden_fields_need_not_be_reachable() -> None:
    a = "type Query { u: U } type U @shareable { id: ID! }"
    assert codes_of(a=a, b="type U @shareable { id: ID! age: Int @inaccessible }") == set()
    assert codes_of(a=a, b="type U @shareable { id: ID! age: Int }") == {"SATISFIABILITY_ERROR"}


def test_an_override_must_hold_for_both_values_of_its_label() -> None:
    a = 'type Query { u: U } type U @key(fields: "id") { id: ID! x: Int }'
    b = 'type U @key(fields: "id") { id: ID! x: Int @override(from: "a", label: "percent(5)") }'
    assert codes_of(a=a, b=b) == set()
    assert codes_of(a=a, b=b.replace('@key(fields: "id")', '@key(fields: "id", resolvable: false)')) == {
        "SATISFIABILITY_ERROR"
    }


def test_shared_fields_of_disjoint_runtime_types_are_refused() -> None:
    a = "type Query { u: U @shareable } union U = A | B type A @shareable { x: Int } type B @shareable { x: Int }"
    both = "union U = B type B @shareable { x: Int }"
    result = compose_sdl(a=a, b=f"type Query {{ u: U @shareable }} {both}")
    assert "INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN" in {hint.code for hint in result.hints}
    only_a = "type Query { u: U @shareable } union U = A type A @shareable { x: Int }"
    assert codes_of(a=only_a, b=f"type Query {{ u: U @shareable }} {both}") == {
        "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES"
    }


SHOP = """
    type Query { shop: Shop %s }
    type Shop @key(fields: "id") @context(name: "shop") { id: ID! currency: String product: Product }
    type Product @key(fields: "id") {
      id: ID!
      price(currency: String @fromContext(field: "$shop { currency }")): Int
      similar: Product
    }
"""


def test_a_context_holds_on_all_of_the_path_below_the_type_that_sets_it() -> None:
    assert codes_of(a=SHOP % "") == set()


def test_every_path_to_a_field_must_set_the_context_it_reads() -> None:
    (error,) = compose_sdl(a=SHOP % "product: Product").errors
    assert error.code == "SATISFIABILITY_ERROR"
    assert "{ product { price } }" in error.message
    assert 'in "a", "Product.price" reads a context that no type above it on this path sets ("shop")' in error.message


def test_the_context_of_an_interface_is_set_by_its_implementations() -> None:
    sdl = """
        type Query { shop: Shop }
        interface Place @context(name: "place") { currency: String }
        type Shop implements Place @key(fields: "id") { id: ID! currency: String product: Product }
        type Product @key(fields: "id") {
          id: ID!
          price(currency: String @fromContext(field: "$place { currency }")): Int
        }
    """
    assert codes_of(a=sdl) == set()
    assert codes_of(a=sdl.replace("implements Place", "")) == {"SATISFIABILITY_ERROR"}
