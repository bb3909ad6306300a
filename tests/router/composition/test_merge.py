"""How definitions of several subgraphs become one."""

from __future__ import annotations

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLScalarType, build_schema

from entrepot.router.composition import SubgraphSchema, compose
from tests.support.composition import codes_of, compose_sdl, supergraph_of
from tests.support.supergraphs import read_statements


class TestFields:
    def test_the_widest_output_type_is_kept_and_each_subgraphs_own_is_recorded(self) -> None:
        statements = read_statements(
            supergraph_of(
                a='type Query { u: U } type U @key(fields: "id") { id: ID! name: String! @shareable }',
                b='type U @key(fields: "id") { id: ID! name: String @shareable }',
            )
        )
        assert "U.name: String" in statements
        assert 'U.name @join__field(graph: A, type: "String!")' in statements
        assert 'U.name @join__field(graph: B, type: "String")' in statements

    def test_an_object_is_narrower_than_its_interface(self) -> None:
        node = "interface Node { id: ID! } type P implements Node @shareable { id: ID! }"
        statements = read_statements(
            supergraph_of(a=f"type Query {{ p: P @shareable }} {node}", b=f"type Query {{ p: Node @shareable }} {node}")
        )
        assert "Query.p: Node" in statements

    def test_the_narrowest_argument_type_is_kept(self) -> None:
        statements = read_statements(
            supergraph_of(a="type Query { f(x: Int!): Int @shareable }", b="type Query { f(x: Int): Int @shareable }")
        )
        assert "Query.f(x:) Int!" in statements

    def test_an_optional_argument_that_one_subgraph_lacks_is_dropped_with_a_hint(self) -> None:
        result = compose_sdl(a="type Query { f(x: Int): Int @shareable }", b="type Query { f: Int @shareable }")
        assert result.supergraph_sdl is not None
        assert "x: Int" not in result.supergraph_sdl
        assert [(hint.code, hint.coordinate, hint.level) for hint in result.hints] == [
            ("INCONSISTENT_ARGUMENT_PRESENCE", "Query.f(x:)", "WARN")
        ]

    def test_a_default_in_one_subgraph_only_is_dropped_with_a_hint(self) -> None:
        result = compose_sdl(
            a="type Query { f(x: Int = 1): Int @shareable }", b="type Query { f(x: Int): Int @shareable }"
        )
        assert [hint.code for hint in result.hints] == ["INCONSISTENT_DEFAULT_VALUE_PRESENCE"]


class TestEnumsInputsUnions:
    def test_an_output_enum_has_all_values_and_an_input_enum_the_common_ones(self) -> None:
        statements = read_statements(
            supergraph_of(
                a="type Query { o: Out f(i: In): Int } enum Out { X Y } enum In { X Y }",
                b="type Query { g: Out h(i: In): Int } enum Out { Y Z } enum In { Y Z }",
            )
        )
        assert {each for each in statements if each.startswith(("Out.", "In.")) and each.endswith(": ")} == {
            "Out.X: ",
            "Out.Y: ",
            "Out.Z: ",
            "In.Y: ",
        }

    def test_an_enum_used_both_ways_must_agree(self) -> None:
        a = "type Query { o(i: E): E } enum E { X Y }"
        assert codes_of(a=a, b="type Query { p: E } enum E { X }") == {"ENUM_VALUE_MISMATCH"}

    def test_input_fields_that_one_subgraph_lacks_are_dropped_unless_required(self) -> None:
        b = "type Query { b(i: I): Int } input I { x: Int }"
        assert codes_of(a="type Query { a(i: I): Int } input I { x: Int y: Int }", b=b) == set()
        assert codes_of(a="type Query { a(i: I): Int } input I { x: Int y: Int! }", b=b) == {
            "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH"
        }

    def test_a_union_has_the_members_of_all_subgraphs(self) -> None:
        types = "type A @shareable { x: Int } type B @shareable { x: Int }"
        statements = read_statements(
            supergraph_of(
                a=f"type Query {{ a: U }} union U = A {types}", b=f"type Query {{ b: U }} union U = B {types}"
            )
        )
        assert {"U has member A", "U has member B"} <= statements


class TestDirectives:
    def test_a_directive_is_carried_over_when_it_is_composed(self) -> None:
        own = (
            '@link(url: "https://example.org/mark/v1.2", import: ["@mark"]) @composeDirective(name: "@mark")\n'
            "directive @mark(by: String) on FIELD_DEFINITION\n"
        )
        sdl = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@composeDirective"]) '
        result = compose([SubgraphSchema("a", "", sdl + own + 'type Query { f: Int @mark(by: "me") }')])
        assert result.supergraph_sdl is not None
        assert 'f: Int @mark(by: "me")' in result.supergraph_sdl
        assert '@link(url: "https://example.org/mark/v1.2", import: ["@mark"])' in result.supergraph_sdl

    def test_authorization_of_several_subgraphs_must_all_be_met(self) -> None:
        statements = read_statements(
            supergraph_of(
                a='type Query { f: Int @shareable @requiresScopes(scopes: [["x"], ["y"]]) }',
                b='type Query { f: Int @shareable @requiresScopes(scopes: [["z"]]) }',
            )
        )
        assert 'Query.f @requiresScopes(scopes: [["x", "z"], ["y", "z"]])' in statements

    def test_an_interface_is_protected_as_its_implementations_are(self) -> None:
        statements = read_statements(
            supergraph_of(
                a="type Query { n: Node } interface Node { id: ID } "
                "type P implements Node { id: ID @authenticated } type Q implements Node { id: ID }"
            )
        )
        assert "Node.id @authenticated()" in statements

    def test_cache_tags_say_which_subgraph_they_are_from(self) -> None:
        sdl = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@cacheTag"]) '
        result = compose([SubgraphSchema("a", "", sdl + 'type Query { f: Int @cacheTag(format: "all") }')])
        assert result.supergraph_sdl is not None
        assert (
            '@join__directive(graphs: [A], name: "federation__cacheTag", args: {format: "all"})'
            in result.supergraph_sdl
        )


_MEDIA = {
    "a": 'type Query { m: Media } interface Media @key(fields: "id") { id: ID! } '
    'type Book implements Media @key(fields: "id") { id: ID! pages: Int }',
    "b": 'type Media @key(fields: "id") @interfaceObject { id: ID! stars: Int }',
}


class TestInterfaceObjects:
    def test_their_fields_reach_all_implementations(self) -> None:
        statements = read_statements(supergraph_of(**_MEDIA))
        assert "Book.stars: Int" in statements
        assert "Book.stars @join__field()" in statements
        assert "Media.stars @join__field(graph: B)" in statements

    def test_the_interface_must_be_reachable_by_key(self) -> None:
        unreachable = dict(_MEDIA, b=_MEDIA["b"] + " type Query { top: Media }")
        assert codes_of(**unreachable) == set()
        unreachable["a"] = unreachable["a"].replace('interface Media @key(fields: "id")', "interface Media")
        assert codes_of(**unreachable) == {"SATISFIABILITY_ERROR"}


class TestSupergraph:
    def test_it_is_a_valid_schema_with_urls_and_graph_names(self) -> None:
        result = compose(
            [
                SubgraphSchema("my-shop", "http://shop", "type Query { a: Int }"),
                SubgraphSchema("my_shop", None, "type Query { b: Int }"),
                SubgraphSchema("1st", "http://first", "type Query { c: Int }"),
            ]
        )
        assert result.supergraph_sdl is not None
        build_schema(result.supergraph_sdl)
        assert '_1ST @join__graph(name: "1st", url: "http://first")' in result.supergraph_sdl
        assert 'MY_SHOP_1 @join__graph(name: "my-shop", url: "http://shop")' in result.supergraph_sdl
        assert 'MY_SHOP_2 @join__graph(name: "my_shop", url: "")' in result.supergraph_sdl

    def test_the_join_version_follows_the_newest_subgraph(self) -> None:
        for version, join in (("2.3", "v0.3"), ("2.7", "v0.4"), ("2.8", "v0.5")):
            assert f"https://specs.apollo.dev/join/{join}" in supergraph_of(version, a="type Query { a: Int }")

    def test_descriptions_survive(self) -> None:
        text = 'a "quoted"\n\n  indented'
        sdl = f'"""\n{text}\n"""\ntype Query {{ " spaced " f("arg" x: Int): Int }}'
        schema = build_schema(supergraph_of(a=sdl))
        assert schema.query_type is not None
        assert schema.query_type.description == text
        assert schema.query_type.fields["f"].description == " spaced "
        assert schema.query_type.fields["f"].args["x"].description == "arg"

    def test_descriptions_and_specifications_of_every_kind_survive(self) -> None:
        described = """
            "the schema" schema { query: Query }
            "a scalar" scalar Colour @specifiedBy(url: "https://example.com/colour")
            "an enum" enum Size { "a value" SMALL }
            "an input" input Wish { "an input field" size: Size = SMALL }
            "an interface" interface Named { name: String }
            "a union" union Found = Paint
            type Paint implements Named @shareable { name: String colour: Colour }
            type Query { find("an argument" wish: Wish): Found @shareable }
        """
        undescribed = """
            scalar Colour
            enum Size { SMALL }
            input Wish { size: Size = SMALL }
            interface Named { name: String }
            union Found = Paint
            type Paint implements Named @shareable { name: String colour: Colour }
            type Query { find(wish: Wish): Found @shareable }
        """
        schema = build_schema(supergraph_of(a=undescribed, b=described))
        assert schema.description == "the schema"
        types = ("Colour", "Size", "Wish", "Named", "Found")
        assert [schema.type_map[name].description for name in types] == [
            "a scalar",
            "an enum",
            "an input",
            "an interface",
            "a union",
        ]
        colour, size, wish = (schema.type_map[name] for name in types[:3])
        assert isinstance(colour, GraphQLScalarType)
        assert colour.specified_by_url == "https://example.com/colour"
        assert isinstance(size, GraphQLEnumType)
        assert size.values["SMALL"].description == "a value"
        assert isinstance(wish, GraphQLInputObjectType)
        assert wish.fields["size"].description == "an input field"
        assert schema.query_type is not None
        assert schema.query_type.fields["find"].args["wish"].description == "an argument"
