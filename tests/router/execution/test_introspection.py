from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, execute_sync, get_introspection_query, graphql_sync, parse, print_ast

from entrepot.router.execution import AsgiTransport, ExecutionRequest, ExecutionResult, compile_plan
from entrepot.router.plan import IntrospectionField, OutputSelection, QueryPlan
from entrepot.router.selection import Condition
from tests.support.composed_graph import ComposedGraph
from tests.support.hand_written_plans import leaf
from tests.support.memory_subgraph import MemorySubgraph

SCHEMA = build_schema("type Query { a: Int old: Int @deprecated b: Color } enum Color { RED }")


async def ask(*fields: IntrospectionField, output: tuple[Any, ...] = (), **variables: Any) -> ExecutionResult:
    plan = QueryPlan("query", None, OutputSelection((("Query", output),)), introspection=fields)
    compiled = compile_plan(plan, api_schema=SCHEMA)
    return await compiled.execute(ExecutionRequest(transport=AsgiTransport({}), variables=variables))


async def test_the_whole_schema_is_answered_without_a_fetch() -> None:
    document = parse(
        get_introspection_query(
            specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
        )
    )
    result = await ask(IntrospectionField("__schema", print_ast(document)))
    assert result.data == graphql_sync(SCHEMA, print_ast(document)).data
    assert result.errors == []


async def test_aliases_variables_and_conditions() -> None:
    condition = ((Condition("ask", expected=True),),)
    fields = (
        IntrospectionField("t", "query ($n: String!) { t: __type(name: $n) { kind } }"),
        IntrospectionField("u", "u: __type(name: $n) { fields(includeDeprecated: $old) { name } }", condition),
    )
    asked = await ask(*fields, n="Query", old=False, ask=True)
    assert asked.data == {"t": {"kind": "OBJECT"}, "u": {"fields": [{"name": "a"}, {"name": "b"}]}}
    all_fields = await ask(*fields, n="Query", old=True, ask=True)
    assert all_fields.data is not None
    assert len(all_fields.data["u"]["fields"]) == 3
    assert (await ask(*fields, n="Color", old=True, ask=False)).data == {"t": {"kind": "ENUM"}}


async def test_the_clients_order_is_kept_where_the_output_tells_it() -> None:
    output = (leaf("__schema"), leaf("kind", name="__typename"))
    result = await ask(IntrospectionField("__schema", "{ __schema { queryType { name } } }"), output=output)
    assert result.data is not None
    assert list(result.data.items()) == [("__schema", {"queryType": {"name": "Query"}}), ("kind", "Query")]


async def test_the_same_question_is_answered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def count(schema: GraphQLSchema, document: Any, **options: Any) -> Any:
        asked.append(document)
        return execute_sync(schema, document, **options)

    monkeypatch.setattr("entrepot.router.execution.introspection.execute_sync", count)
    field = IntrospectionField("t", "query ($n: String!) { t: __type(name: $n) { name } }")
    plan = QueryPlan("query", None, OutputSelection((("Query", ()),)), introspection=(field,))
    compiled = compile_plan(plan, api_schema=SCHEMA)
    for name in ("Query", "Color", "Query"):
        request = ExecutionRequest(transport=AsgiTransport({}), variables={"n": name, "other": object()})
        result = await compiled.execute(request)
        assert result.data == {"t": {"name": name}}
    assert len(asked) == 2


def test_a_plan_with_introspection_needs_a_schema() -> None:
    field = IntrospectionField("__schema", "{ __schema { description } }")
    with pytest.raises(ValueError):
        compile_plan(QueryPlan("query", None, OutputSelection((("Query", ()),)), introspection=(field,)))


class TestOrder:
    """faults/router/03: keys are in the order in which the client selected them (GraphQL section 7.2.2)."""

    @pytest.mark.parametrize(
        ("query", "keys"),
        [
            ('{ x: __type(name: "T") { name } a }', ["x", "a"]),
            ("{ __schema { queryType { name } } t { n } y: __typename a }", ["__schema", "t", "y", "a"]),
            ("{ t { n } ...F a } fragment F on Query { __schema { queryType { name } } }", ["t", "__schema", "a"]),
            ('{ a ... on Query { x: __type(name: "T") { name } } t { n } a }', ["a", "x", "t"]),
            ('{ __typename x: __type(name: "T") { name } }', ["__typename", "x"]),
            ("{ a __schema @skip(if: true) { queryType { name } } t { n } }", ["a", "t"]),
        ],
    )
    async def test_it_is_the_clients(self, query: str, keys: list[str]) -> None:
        graph = ComposedGraph(
            MemorySubgraph("a", "type Query { a: Int t: T } type T { n: Int }", {"a": 1, "t": {"n": 2}})
        )
        result = await graph.execute(query)
        assert (list(result.data or ()), result.errors) == (keys, [])

    async def test_it_is_the_clients_in_the_first_part_of_an_incremental_answer(self) -> None:
        graph = ComposedGraph(
            MemorySubgraph("a", "type Query { a: Int t: T } type T { n: Int }", {"a": 1, "t": {"n": 2}})
        )
        query = "{ t { n } __schema { queryType { name } } a ... @defer { b: a } }"
        first = await graph.compile(query).execute_deferred(graph.request()).begin()
        assert first.result is not None
        assert list(first.result.data or ()) == ["t", "__schema", "a"]
