"""Leaf values of subgraphs are checked against their types (faults/security F9 c and d; GraphQL section 6.4.3)."""

import json
from typing import Any

import pytest

from entrepot.router.execution import CompiledPlan, ExecutionRequest, ExecutionResult, SubgraphResponse, encode_json
from entrepot.router.execution.leaves import MAXIMUM_NESTING
from tests.support.composed_graph import ComposedGraph
from tests.support.memory_subgraph import MemorySubgraph
from tests.support.scripted_transport import ScriptedTransport

SDL = """
scalar JSON
enum Color { RED BLUE }
type Query { t: T must: T! list: [T!] }
type T @key(fields: "id") {
  id: ID! name: String! note: String count: Int weight: Float sold: Boolean color: Color any: JSON anyMust: JSON!
  ids: [ID!] names: [String!]! notes: [String] counts: [Int!] grid: [[Int!]] colors: [Color!] anys: [JSON!]
}
"""
NESTED_SDL = 'type T @key(fields: "id") { id: ID! far: Int }'


@pytest.fixture(scope="module")
def graph() -> ComposedGraph:
    return ComposedGraph(MemorySubgraph("a", SDL), MemorySubgraph("b", NESTED_SDL, {}, {"T": lambda _: {"far": 1}}))


def nest(levels: int, *, objects: bool = False) -> Any:
    value: Any = "leaf"
    for _ in range(levels):
        value = {"a": value} if objects else [value]
    return value


async def execute(compiled: CompiledPlan, *bodies: bytes) -> ExecutionResult:
    replies = [SubgraphResponse(200, {"content-type": "application/json"}, body) for body in bodies]
    return await compiled.execute(ExecutionRequest(transport=ScriptedTransport(*replies)))


async def ask(graph: ComposedGraph, field: str, value: Any) -> ExecutionResult:
    body = json.dumps({"data": {"t": {field: value}}}).encode() if not isinstance(value, bytes) else value
    return await execute(graph.compile(f"{{ t {{ {field} }} }}"), body)


WRONG = [
    ("id", {"a": [1, 2]}),
    ("id", ["1"]),
    ("id", True),
    ("id", 1.5),
    ("name", 5),
    ("name", {"a": 1}),
    ("note", False),
    ("note", []),
    ("count", "1"),
    ("count", 1.5),
    ("count", True),
    ("count", 2**31),
    ("count", -(2**31) - 1),
    ("count", {}),
    ("weight", "1.5"),
    ("weight", False),
    ("weight", [1.5]),
    ("sold", 1),
    ("sold", "true"),
    ("sold", {}),
    ("color", "GREEN"),
    ("color", 1),
    ("color", {"RED": 1}),
    ("color", ["RED"]),
]
RIGHT = [
    ("id", "1"),
    ("name", ""),
    ("note", "text"),
    ("count", 0),
    ("count", 2**31 - 1),
    ("count", -(2**31)),
    ("weight", 1),
    ("weight", 1.5),
    ("weight", 2**40),
    ("sold", False),
    ("color", "RED"),
    ("any", {"a": [1, None]}),
    ("any", 2**70),
    ("any", True),
    ("anyMust", []),
    ("ids", ["1", "2"]),
    ("names", []),
    ("notes", [None, "x"]),
    ("counts", [1, 2]),
    ("grid", [[1], None, []]),
    ("colors", ["RED", "BLUE"]),
    ("anys", [{}, [], "x", 1]),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
async def test_a_value_of_another_type_is_an_error_of_its_field(graph: ComposedGraph, field: str, value: Any) -> None:
    result = await ask(graph, field, value)
    is_required = field in ("id", "name")
    assert result.data == {"t": None if is_required else {field: None}}
    (error,) = result.errors
    assert (error["path"], error["extensions"]) == (["t", field], {"code": "INVALID_SUBGRAPH_DATA"})
    assert json.dumps(value) not in error["message"]


@pytest.mark.parametrize(("field", "value"), RIGHT)
async def test_a_value_of_its_type_is_passed_on(graph: ComposedGraph, field: str, value: Any) -> None:
    result = await ask(graph, field, value)
    assert (result.data, result.errors) == ({"t": {field: value}}, [])


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [("id", 1, "1"), ("id", 2.0, "2"), ("count", 3.0, 3), ("ids", [1, "2"], ["1", "2"]), ("counts", [1.0], [1])],
)
async def test_a_number_is_written_as_its_type_is(graph: ComposedGraph, field: str, value: Any, expected: Any) -> None:
    result = await ask(graph, field, value)
    assert (encode_json(result.data), result.errors) == (encode_json({"t": {field: expected}}), [])


@pytest.mark.parametrize(
    ("field", "value", "expected", "path"),
    [
        ("ids", ["1", {}], None, ["t", "ids", 1]),
        ("notes", ["x", 5, None], ["x", None, None], ["t", "notes", 1]),
        ("grid", [[1], [2, "3"], None], [[1], None, None], ["t", "grid", 1, 1]),
        ("colors", ["RED", []], None, ["t", "colors", 1]),
        ("names", ["x", 5], ..., ["t", "names", 1]),
    ],
)
async def test_the_error_names_the_item_of_a_list(
    graph: ComposedGraph, field: str, value: Any, expected: Any, path: list[Any]
) -> None:
    result = await ask(graph, field, value)
    assert result.data == {"t": None if expected is ... else {field: expected}}
    assert [error["path"] for error in result.errors] == [path]


async def test_the_rest_of_the_answer_stays(graph: ComposedGraph) -> None:
    body = b'{"data":{"list":[{"id":"1","count":1},{"id":"2","count":"x"}],"t":{"id":"3"}}}'
    result = await execute(graph.compile("{ list { id count } t { id } }"), body)
    assert result.data == {"list": [{"id": "1", "count": 1}, {"id": "2", "count": None}], "t": {"id": "3"}}
    assert [error["path"] for error in result.errors] == [["list", 1, "count"]]


async def test_a_value_of_an_entity_is_checked_too(graph: ComposedGraph) -> None:
    bodies = b'{"data":{"t":{"id":"1"}}}', b'{"data":{"_entities":[{"far":"x"}]}}'
    result = await execute(graph.compile("{ t { far } }"), *bodies)
    assert result.data == {"t": {"far": None}}
    assert [error["path"] for error in result.errors] == [["t", "far"]]


@pytest.mark.parametrize("objects", [False, True])
@pytest.mark.parametrize("levels", [1, 200, 500, MAXIMUM_NESTING])
async def test_a_custom_scalar_may_nest(graph: ComposedGraph, levels: int, *, objects: bool) -> None:
    body = encode_json({"data": {"t": {"any": nest(levels, objects=objects)}}})
    result = await ask(graph, "any", body)
    assert result.errors == []
    assert result.encode() == body


@pytest.mark.parametrize("objects", [False, True])
@pytest.mark.parametrize("levels", [MAXIMUM_NESTING + 1, 980, 1000, 1020])
@pytest.mark.parametrize("field", ["any", "anyMust", "anys"])
async def test_one_that_nests_deeper_is_an_error_of_its_field_alone(
    graph: ComposedGraph, field: str, levels: int, *, objects: bool
) -> None:
    value = nest(levels, objects=objects)
    body = encode_json({"data": {"t": {field: [value] if field == "anys" else value, "id": "1"}, "must": {"id": "2"}}})
    result = await execute(graph.compile(f"{{ t {{ {field} id }} must {{ id }} }}"), body)
    assert result.data == {"t": None if field == "anyMust" else {field: None, "id": "1"}, "must": {"id": "2"}}
    assert [error["path"][:2] for error in result.errors] == [["t", field]]
    assert json.loads(result.encode())["data"] == result.data


async def test_a_body_that_cannot_be_read_is_an_error_of_its_subgraph(graph: ComposedGraph) -> None:
    body = b'{"data":{"t":{"any":' + b"[" * 5000 + b"]" * 5000 + b"}}}"
    result = await ask(graph, "any", body)
    assert result.data == {"t": None}
    assert [error["extensions"]["code"] for error in result.errors] == ["SUBGRAPH_UNAVAILABLE"]


def test_deep_text_is_written_as_the_encoder_would() -> None:
    inner = {"é": ['"', 1, 2.5, True, None, {}, [], {"b": [[]]}], "": "\ud800"}
    deep: Any = inner
    for level in range(3000):
        deep = [1, deep, 2] if level % 2 else {"x": level, "deep": deep, "y": []}
    text = encode_json(deep).decode()
    expected = json.dumps(inner, separators=(",", ":"))
    for level in range(3000):
        expected = f"[1,{expected},2]" if level % 2 else f'{{"x":{level},"deep":{expected},"y":[]}}'
    assert text == expected
