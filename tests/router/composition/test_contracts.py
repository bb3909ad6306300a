"""Contracts: each rule of what is hidden, what clients then see, and that the router plans over the rest."""

from __future__ import annotations

import pytest
from graphql import GraphQLSchema, parse, print_schema, validate

from entrepot.router.composition import CONTRACT_ERROR_CODES, CompositionResult, build_contract
from entrepot.router.errors import SupergraphInvalid
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.plan import print_plan
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import read_supergraph
from tests.support.composition import supergraph_of

IN, OUT, OTHER = '@tag(name: "in")', '@tag(name: "out")', '@tag(name: "other")'
_PUBLIC = frozenset({"in"})
_INTERNAL = frozenset({"out"})


def contract(
    sdl: str, *, include: frozenset[str] = frozenset(), exclude: frozenset[str] = frozenset(), keep: bool = False
) -> CompositionResult:
    """The contract of one subgraph's supergraph."""
    return build_contract(supergraph_of(a=sdl), include, exclude, hide_unreachable_types=not keep)


def seen(result: CompositionResult) -> GraphQLSchema:
    """What clients see of a contract that must be right."""
    assert result.errors == ()
    assert result.supergraph_sdl is not None
    return read_supergraph(result.supergraph_sdl).api_schema


def coordinates(schema: GraphQLSchema) -> set[str]:
    """The types, fields, arguments and enum values of a schema that it defines itself."""
    found: set[str] = set()
    for name, kind in schema.type_map.items():
        if name.startswith("__") or name in {"String", "Boolean", "Int", "Float", "ID"}:
            continue
        found.add(name)
        found |= {f"{name}.{value}" for value in getattr(kind, "values", None) or ()}
        for field_name, field in (getattr(kind, "fields", None) or {}).items():
            found.add(f"{name}.{field_name}")
            found |= {f"{name}.{field_name}({argument}:)" for argument in getattr(field, "args", ())}
    return found


def codes(result: CompositionResult) -> set[str]:
    assert (result.supergraph_sdl is None) == bool(result.errors)
    return {error.code for error in result.errors}


class TestExclude:
    def test_hides_each_kind_of_element(self) -> None:
        sdl = f"""
            type Query {{ kept(a: Int b: Int {OUT} i: I e: E): T hidden: T {OUT} gone: G {OUT} u: U n: N }}
            type T implements N {{ id: ID secret: Int {OUT} }}
            type G implements N {OUT} {{ id: ID }}
            type X {OUT} {{ x: Int }}
            union U = T | X
            interface N {{ id: ID }}
            enum E {{ A B {OUT} }}
            input I {{ a: Int b: Int {OUT} }}
        """
        assert coordinates(seen(contract(sdl, exclude=_INTERNAL))) == {
            *("Query", "Query.kept", "Query.kept(a:)", "Query.kept(i:)", "Query.kept(e:)", "Query.u", "Query.n"),
            *("T", "T.id", "U", "N", "N.id", "E", "E.A", "I", "I.a"),
        }

    def test_wins_over_include(self) -> None:
        sdl = f"type Query {{ a: Int {IN} b: Int {IN} {OUT} }}"
        assert coordinates(seen(contract(sdl, include=_PUBLIC, exclude=_INTERNAL))) == {"Query", "Query.a"}

    def test_of_a_type_wins_over_include_of_its_field(self) -> None:
        sdl = f"type Query {{ a: Int {IN} }} type T {OUT} {{ t: Int {IN} }}"
        assert coordinates(seen(contract(sdl, include=_PUBLIC, exclude=_INTERNAL))) == {"Query", "Query.a"}

    def test_a_type_whose_parts_are_all_hidden_is_hidden(self) -> None:
        sdl = f"""
            type Query {{ a: Int t: T {OUT} u: U {OUT} b(e: E {OUT} i: I {OUT}): Int }}
            type T {{ t: Int {OUT} }}
            type V {OUT} {{ v: Int }}
            union U = V
            enum E {{ A {OUT} }}
            input I {{ a: Int {OUT} }}
        """
        visible = coordinates(seen(contract(sdl, exclude=_INTERNAL, keep=True)))
        assert visible == {"Query", "Query.a", "Query.b"}

    def test_a_mutation_root_may_go_away(self) -> None:
        schema = seen(contract(f"type Query {{ a: Int }} type Mutation {{ b: Int {OUT} }}", exclude=_INTERNAL))
        assert schema.mutation_type is None


class TestInclude:
    def test_fields_and_unions_are_chosen_and_the_rest_stays(self) -> None:
        sdl = f"""
            type Query {{ a(e: E i: I): T {IN} b: T u: U {IN} w: T }}
            type T {{ x: S {IN} y: Int }}
            union U {IN} = T
            union W = T
            enum E {{ A B }}
            input I {{ a: Int }}
            scalar S
        """
        assert coordinates(seen(contract(sdl, include=_PUBLIC))) == {
            *("Query", "Query.a", "Query.a(e:)", "Query.a(i:)", "Query.u", "T", "T.x"),
            *("U", "E", "E.A", "E.B", "I", "I.a", "S"),
        }

    def test_a_field_bears_the_tags_of_its_type(self) -> None:
        sdl = f"type Query {IN} {{ t: T }} type T {IN} {{ x: Int y: Int }} type V {{ v: Int }}"
        assert coordinates(seen(contract(sdl, include=_PUBLIC))) == {"Query", "Query.t", "T", "T.x", "T.y"}

    def test_one_of_several_tags_is_enough(self) -> None:
        sdl = f"type Query {{ a: Int {IN} b: Int {OTHER} c: Int }}"
        assert coordinates(seen(contract(sdl, include=_PUBLIC | {"other"}))) == {"Query", "Query.a", "Query.b"}

    def test_an_interface_field_goes_with_its_implementations(self) -> None:
        sdl = f"""
            type Query {{ n: N {IN} }}
            interface N {IN} {{ id: ID name: String }}
            type A implements N {{ id: ID {IN} name: String }}
            type B implements N {IN} {{ id: ID name: String }}
        """
        assert coordinates(seen(contract(sdl, include=_PUBLIC))) == {
            *("Query", "Query.n", "N", "N.id", "A", "A.id", "B", "B.id", "B.name")
        }

    def test_an_interface_field_goes_with_its_type(self) -> None:
        sdl = f"""
            type Query {{ n: N }}
            interface N {{ id: ID owner: P }}
            interface P {OUT} {{ id: ID }}
            type A implements N {{ id: ID owner: P {OUT} }}
        """
        assert coordinates(seen(contract(sdl, exclude=_INTERNAL))) == {"Query", "Query.n", "N", "N.id", "A", "A.id"}


class TestUnreachable:
    SDL = f"""
        type Query {{ a: A lost: Lost {OUT} }}
        type A implements N {{ id: ID }}
        interface N {{ id: ID }}
        type Lost {{ more: More by(i: I): E }}
        type More {{ x: Int }}
        input I {{ a: Int }}
        enum E {{ X }}
        type Wanted {IN} {{ w: S }}
        scalar S
    """

    def test_what_no_operation_comes_to_is_hidden(self) -> None:
        visible = coordinates(seen(contract(self.SDL, exclude=_INTERNAL)))
        assert visible == {"Query", "Query.a", "A", "A.id", "N", "N.id"}

    def test_it_is_kept_on_request(self) -> None:
        visible = coordinates(seen(contract(self.SDL, exclude=_INTERNAL, keep=True)))
        assert {"Lost", "More", "I", "E", "Wanted", "S"} <= visible

    def test_an_included_tag_of_its_own_keeps_a_type(self) -> None:
        sdl = f"type Query {{ a: Int {IN} }} type T {IN} {{ x: Int }} type V {{ x: Int {IN} }}"
        assert coordinates(seen(contract(sdl, include=_PUBLIC))) == {"Query", "Query.a", "T", "T.x"}


class TestErrors:
    @pytest.mark.parametrize(
        ("sdl", "include", "exclude", "expected"),
        [
            (f"type Query {{ a: Int {OUT} {IN} }}", {"in"}, {"in"}, "CONTRACT_TAG_CONTRADICTION"),
            (f"type Query {{ a: Int {OUT} }}", set(), {"outt"}, "CONTRACT_TAG_UNKNOWN"),
            ("type Query { a: Int }", {"in"}, set(), "CONTRACT_TAG_UNKNOWN"),
            (f"type Query {{ a: Int {OUT} }}", set(), {"out"}, "CONTRACT_WITHOUT_QUERIES"),
            (f"type Query {OUT} {{ a: Int }}", set(), {"out"}, "CONTRACT_WITHOUT_QUERIES"),
            (f"type Query {{ a: Int }} type T {{ t: Int {IN} }}", {"in"}, set(), "CONTRACT_WITHOUT_QUERIES"),
            (f"type Query {{ t: T }} type T {OUT} {{ t: Int }}", set(), {"out"}, "REFERENCED_INACCESSIBLE"),
            (f"type Query {{ t: T {IN} }} type T {{ t: Int }}", {"in"}, set(), "REFERENCED_INACCESSIBLE"),
            (f"type Query {{ a(b: Int! {OUT}): Int }}", set(), {"out"}, "REQUIRED_INACCESSIBLE"),
            (
                f"type Query {{ a(e: E = X): Int }} enum E {{ X {OUT} Y }}",
                set(),
                {"out"},
                "DEFAULT_VALUE_USES_INACCESSIBLE",
            ),
        ],
    )
    def test_is_coded(self, sdl: str, include: set[str], exclude: set[str], expected: str) -> None:
        assert codes(contract(sdl, include=frozenset(include), exclude=frozenset(exclude))) == {expected}

    def test_an_unknown_tag_is_answered_with_those_there_are(self) -> None:
        (error,) = contract(f"type Query {{ a: Int {OUT} b: Int {IN} }}", exclude=frozenset({"Out"})).errors
        assert '"in", "out"' in error.message

    def test_every_code_is_described(self) -> None:
        assert set(CONTRACT_ERROR_CODES) == {
            *("CONTRACT_TAG_CONTRADICTION", "CONTRACT_TAG_UNKNOWN", "CONTRACT_WITHOUT_QUERIES")
        }

    def test_what_is_no_supergraph_is_refused(self) -> None:
        with pytest.raises(SupergraphInvalid, match="does not parse"):
            build_contract("type Query {")
        with pytest.raises(SupergraphInvalid, match="links no join"):
            build_contract("type Query { a: Int }")


class TestSupergraph:
    def test_without_tags_nothing_changes(self) -> None:
        composed = supergraph_of(a="type Query { a(b: [Int!] = [1]): T @inaccessible c: T } type T { t: Int }")
        assert build_contract(composed).supergraph_sdl == composed

    def test_a_contract_of_a_contract_hides_both(self) -> None:
        composed = supergraph_of(a=f"type Query {{ a: Int {OUT} b: Int {OTHER} c: Int }}")
        first = build_contract(composed, exclude=_INTERNAL).supergraph_sdl
        assert first is not None
        schema = seen(build_contract(first, exclude=frozenset({"other"})))
        assert coordinates(schema) == {"Query", "Query.c"}

    def test_a_renamed_tag_counts(self) -> None:
        composed = supergraph_of(a=f"type Query {{ a: Int {OUT} b: Int }}").replace("@tag(", "@label(")
        composed = composed.replace("directive @tag", "directive @label")
        composed = composed.replace('tag/v0.3"', 'tag/v0.3", as: "label"')
        assert coordinates(seen(build_contract(composed, exclude=_INTERNAL))) == {"Query", "Query.b"}

    def test_the_directives_of_clients_keep_the_types_of_their_arguments(self) -> None:
        head = '@link(url: "https://example.com/mark/v1.0", import: ["@mark"]) @composeDirective(name: "@mark")'
        sdl = f"extend schema {head} directive @mark(e: E) on FIELD enum E {{ A }} enum F {{ B }}"
        composed = supergraph_of(a=f"{sdl} type Query {{ a: Int b: Int {OUT} }}")
        assert coordinates(seen(build_contract(composed, exclude=_INTERNAL))) == {"Query", "Query.a", "E", "E.A"}


class TestRouter:
    SUPERGRAPH = supergraph_of(
        a=f'type Query {{ book: Book }} type Book @key(fields: "sku") {{ sku: ID! {OUT} title: String }}',
        b=f"""
            type Book @key(fields: "sku") {{ sku: ID! {OUT} weight: Int @external cost: Int {OUT}
                shipping: Int @requires(fields: "weight") }}
        """,
        c=f'type Book @key(fields: "sku") {{ sku: ID! {OUT} weight: Int {OUT} }}',
    )

    def test_hidden_fields_are_refused_and_planned_over(self) -> None:
        sdl = build_contract(self.SUPERGRAPH, exclude=_INTERNAL).supergraph_sdl
        assert sdl is not None
        supergraph = read_supergraph(sdl)
        assert "sku" not in print_schema(supergraph.api_schema)
        for hidden in ("sku", "weight", "cost"):
            errors = validate(supergraph.api_schema, parse(f"{{ book {{ {hidden} }} }}"))
            assert [f"Cannot query field '{hidden}'" in error.message for error in errors] == [True]
        operation = normalize_operation(supergraph, parse_document("{ book { title shipping } }"), None)
        plan = print_plan(plan_operation(build_graph(supergraph), operation))
        assert "sku" in plan
        assert "weight" in plan
