import asyncio
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, execute_sync, get_introspection_query, graphql_sync, parse, print_ast

from entrepot.router.errors import IntrospectionTooLarge
from entrepot.router.execution import AsgiTransport, ExecutionRequest, ExecutionResult, compile_plan
from entrepot.router.execution.introspection import Introspection, find_budget
from entrepot.router.execution.introspection.budget import count_whole
from entrepot.router.execution.introspection.introspection import KEPT_BYTES
from entrepot.router.plan import IntrospectionField, OutputSelection, QueryPlan
from entrepot.router.selection import Condition
from entrepot.router.supergraph import read_supergraph
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


async def test_the_same_question_is_answered_once() -> None:
    field = IntrospectionField("t", "query ($n: String!) { t: __type(name: $n) { name } }")
    introspection = Introspection((field,), SCHEMA, None)
    for name in ("Query", "Color", "Query"):
        assert await introspection.answer({"n": name, "other": object()}) == {"t": {"name": name}}
    assert introspection.evaluations == 2


async def test_merged_fields_fragments_and_type_names() -> None:
    text = """
    query ($yes: Boolean!, $no: Boolean!) {
      __schema { queryType { __typename ...F } queryType { kind @skip(if: $yes) description @include(if: $no) } }
    }
    fragment F on __Type { name is: kind ... @include(if: $yes) { fields { name type { ofType { name } } } } }
    """
    result = await ask(IntrospectionField("__schema", text), yes=True, no=False)
    whole = execute_sync(SCHEMA, parse(text), variable_values={"yes": True, "no": False})
    assert result.data == whole.data


async def test_the_shop_is_introspected_with_room() -> None:
    schema = read_supergraph(Path("schema/supergraph.graphql").read_text()).api_schema
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    answer = await Introspection((IntrospectionField("__schema", query),), schema, None).answer({})
    assert answer == execute_sync(schema, parse(query)).data
    assert find_budget(schema) >= 3 * count_whole(schema)


async def test_the_values_of_the_answer_are_limited() -> None:
    field = IntrospectionField("__schema", "{ __schema { queryType { name fields { name } } } }")
    # __schema, queryType, name, fields, two entries, two names.
    assert await Introspection((field,), SCHEMA, 8).answer({})
    with pytest.raises(IntrospectionTooLarge, match="more than 7 values"):
        await Introspection((field,), SCHEMA, 7).answer({})
    again = IntrospectionField("x", 'x: __type(name: "Query") { name }')
    with pytest.raises(IntrospectionTooLarge):
        await Introspection((field, again), SCHEMA, 9).answer({})


async def test_long_names_count_as_several_values() -> None:
    field = IntrospectionField("t", f't: __type(name: "Query") {{ {"n" * 640}: name }}')
    with pytest.raises(IntrospectionTooLarge):
        await Introspection((field,), SCHEMA, 11).answer({})


async def test_a_bomb_ends_at_the_limit_and_lets_others_have_their_turn() -> None:
    schema = read_supergraph(Path("schema/supergraph.graphql").read_text()).api_schema
    nested = "types { fields { name args { name type { name fields { name args { name } } } } } }"
    bomb = "{ __schema { " + " ".join(f"a{number}: {nested}" for number in range(400)) + " } }"
    introspection = Introspection((IntrospectionField("__schema", bomb),), schema, None)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    with pytest.raises(IntrospectionTooLarge):
        await introspection.answer({})
    counting.cancel()
    assert turns > 2
    assert introspection.weight == 0


async def test_cached_answers_are_weighed_and_large_ones_are_not_cached() -> None:
    schema = read_supergraph(Path("schema/supergraph.graphql").read_text()).api_schema
    field = IntrospectionField("t", "query ($n: String!) { t: __type(name: $n) { name fields { name } } }")
    introspection = Introspection((field,), schema, None)
    grown: list[int] = []
    introspection.on_growth = lambda: grown.append(introspection.weight)
    for number in range(12):
        await introspection.answer({"n": "x" * 500_000 + str(number)})
    assert max(grown) <= KEPT_BYTES
    assert grown[0] > 500_000
    assert introspection.weight == grown[-1]
    await introspection.answer({"n": "x" * KEPT_BYTES})
    assert introspection.weight == grown[-1]


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
