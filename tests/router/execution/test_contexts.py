"""Fetches with `@fromContext` arguments: one request whose calls are grouped by the values above their objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from graphql import build_schema, parse, validate

from entrepot.router.execution import (
    ExecutionLimits,
    ExecutionRequest,
    ExecutionResult,
    SubgraphRequest,
    compile_plan,
)
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import read_supergraph
from tests.support.scripted_transport import ScriptedTransport

_SUPERGRAPH = """
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/context/v0.1")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION) { query: Query }
directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION
enum join__Graph { A @join__graph(name: "a", url: "") B @join__graph(name: "b", url: "") }
type Query @join__type(graph: A) @join__type(graph: B) { users: [User!]! @join__field(graph: A) }
type User @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") @context(name: "b__user") {
  id: ID!
  name: String @join__field(graph: A) @join__field(graph: B, external: true)
  team: Team @join__field(graph: A)
}
type Team @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID!
  payment: Payment @join__field(graph: B)
}
type Payment @join__type(graph: B, key: "id") {
  id: ID!
  amount: Int @join__field(graph: B)
  signed: String @join__field(graph: B, contextArguments: [
    { context: "b__user", name: "name", type: "String!", selection: " { name }" }
  ])
  noted: String @join__field(graph: B, contextArguments: [
    { context: "b__user", name: "name", type: "String", selection: " { name }" }
  ])
}
"""
_B = build_schema("""
scalar _Any
union _Entity = Team | Payment
type Query { _entities(representations: [_Any!]!): [_Entity]! }
type Team { id: ID! payment: Payment }
type Payment { id: ID! amount: Int signed(name: String!): String noted(name: String): String }
""")


class _Subgraphs(ScriptedTransport):
    """Subgraph `a` answers with these users; `b` knows one payment of all teams and signs it with what it is given."""

    def __init__(self, users: list[dict[str, Any]], errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(respond=self._respond_as_subgraph)
        self.users = users
        self.errors = errors or []
        self.signed: list[dict[str, Any]] = []

    def _respond_as_subgraph(self, request: SubgraphRequest) -> dict[str, Any]:
        body = json.loads(request.body)
        if request.subgraph == "a":
            return {"data": {"users": self.users}}
        document = parse(body["query"])
        assert validate(_B, document) == []
        variables = body["variables"]
        (operation,) = document.definitions
        data = {
            field.alias.value if field.alias else field.name.value: self._entities(field, variables)
            for field in operation.selection_set.selections  # type: ignore[attr-defined] # it is an operation
        }
        content = {"data": data, "errors": self.errors if "signed" in body["query"] else []}
        if "signed" in body["query"] or "noted" in body["query"]:
            self.signed.append(body)
        return content

    def _entities(self, field: Any, variables: Mapping[str, Any]) -> list[dict[str, Any]]:
        (fragment,) = field.selection_set.selections
        asked = {item.name.value: item for item in fragment.selection_set.selections}
        answer: dict[str, Any] = {}
        for name, item in asked.items():
            given = [variables[argument.value.name.value] for argument in item.arguments or ()]
            answer[name] = {"payment": {"id": "p", "amount": 5}}.get(name) or f"{name} {given[0]}"
        return [dict(answer) for _ in variables[field.arguments[0].value.name.value]]


def _user(number: int, name: str | None, team: str = "t") -> dict[str, Any]:
    return {"id": str(number), "name": name, "team": {"id": team}}


async def _run(query: str, subgraphs: _Subgraphs, limits: ExecutionLimits | None = None) -> ExecutionResult:
    supergraph = read_supergraph(_SUPERGRAPH)
    plan = plan_operation(build_graph(supergraph), normalize_operation(supergraph, parse_document(query), None))
    compiled = compile_plan(plan, limits or ExecutionLimits())
    return await compiled.execute(ExecutionRequest(transport=subgraphs))


_QUERY = "{ users { name team { payment { signed } } } }"


async def test_objects_are_asked_for_with_the_values_above_them_in_one_request() -> None:
    subgraphs = _Subgraphs([_user(1, "Ada"), _user(2, "Bob", "other"), _user(3, "Ada", "other")])
    result = await _run(_QUERY, subgraphs)
    assert result.errors == []
    assert result.data is not None
    signed = [user["team"]["payment"]["signed"] for user in result.data["users"]]
    assert signed == ["signed Ada", "signed Bob", "signed Ada"]
    (body,) = subgraphs.signed
    representations = [{"__typename": "Payment", "id": "p"}]
    assert body["variables"] == {
        "representations": representations,
        "context_0": "Ada",
        "representations_1": representations,
        "context_0_1": "Bob",
    }


async def test_one_entity_below_two_objects_holds_both_their_values() -> None:
    """Both users have the one team, whose payment `b` answers once for both."""
    result = await _run(_QUERY, _Subgraphs([_user(1, "Ada"), _user(2, "Bob")]))
    assert result.data is not None
    assert [user["team"]["payment"]["signed"] for user in result.data["users"]] == ["signed Ada", "signed Bob"]


async def test_null_is_not_sent_for_a_non_null_argument_and_the_field_is_null() -> None:
    subgraphs = _Subgraphs([_user(1, None), _user(2, "Bob")])
    result = await _run("{ users { team { payment { signed amount } } } }", subgraphs)
    assert result.errors == []
    assert result.data is not None
    payments = [user["team"]["payment"] for user in result.data["users"]]
    assert payments == [{"signed": None, "amount": 5}, {"signed": "signed Bob", "amount": 5}]


async def test_a_call_without_values_is_left_out_of_the_request() -> None:
    subgraphs = _Subgraphs([_user(1, None)])
    result = await _run("{ users { team { payment { signed noted } } } }", subgraphs)
    assert result.data == {"users": [{"team": {"payment": {"signed": None, "noted": "noted None"}}}]}
    (body,) = subgraphs.signed
    assert "signed" not in body["query"]


async def test_a_missing_value_asks_for_nothing() -> None:
    user = _user(1, "Ada")
    del user["name"]
    subgraphs = _Subgraphs([user])
    result = await _run("{ users { team { payment { noted } } } }", subgraphs)
    assert result.data == {"users": [{"team": {"payment": {"noted": None}}}]}
    assert subgraphs.signed == []


async def test_an_error_of_one_group_is_told_at_its_objects() -> None:
    errors = [{"message": "no ink", "path": ["_entities_1", 0, "signed"]}]
    result = await _run(_QUERY, _Subgraphs([_user(1, "Ada"), _user(2, "Bob")], errors))
    assert [error["path"] for error in result.errors] == [["users", 1, "team", "payment", "signed"]]


async def test_all_groups_count_against_the_limit() -> None:
    subgraphs = _Subgraphs([_user(number, f"user {number}") for number in range(5)])
    result = await _run(_QUERY, subgraphs, ExecutionLimits(representations=4))
    assert [error["extensions"]["code"] for error in result.errors] == ["OPERATION_LIMIT_EXCEEDED"]
    assert subgraphs.signed == []


async def test_a_plan_runs_with_other_numbers_of_groups_again_and_again() -> None:
    supergraph = read_supergraph(_SUPERGRAPH)
    plan = plan_operation(build_graph(supergraph), normalize_operation(supergraph, parse_document(_QUERY), None))
    compiled = compile_plan(plan)
    for count in (*range(1, 24), 3, 1):
        subgraphs = _Subgraphs([_user(number, f"user {number}") for number in range(count)])
        result = await compiled.execute(ExecutionRequest(transport=subgraphs))
        assert result.data is not None
        signed = [user["team"]["payment"]["signed"] for user in result.data["users"]]
        assert signed == [f"signed user {number}" for number in range(count)]
