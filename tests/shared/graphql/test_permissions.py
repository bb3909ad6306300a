"""Declared is enforced, on fields, types, interfaces and subscriptions."""

from __future__ import annotations

from typing import Any

import pytest
import strawberry
from graphql import GraphQLObjectType
from strawberry.federation.schema_directives import Policy

from entrepot.shared.auth import ANONYMOUS, Principal
from entrepot.shared.errors import InternalError
from entrepot.shared.graphql import Context, SubgraphSchema
from entrepot.shared.graphql.permissions import Requirement, read_requirement
from entrepot.subgraphs.registry import SUBGRAPHS, load
from tests.support.kernel import Kernel
from tests.support.kernel_graph import READER, SCHEMA

USER = Principal(user_id="usr_2")
ADMIN = Principal(user_id="usr_3", scopes=frozenset({"notes:write", "notes:admin"}))
HALF = Principal(user_id="usr_4", scopes=frozenset({"notes:write"}))


@pytest.mark.parametrize(
    ("query", "principal", "code"),
    [
        ("{ mine }", ANONYMOUS, "UNAUTHENTICATED"),
        ("{ mine }", USER, None),
        ("{ scoped }", ANONYMOUS, "UNAUTHENTICATED"),
        ("{ scoped }", Principal(scopes=frozenset({"notes:read"})), "UNAUTHENTICATED"),
        ("{ scoped }", USER, "FORBIDDEN"),
        ("{ scoped }", HALF, "FORBIDDEN"),
        ("{ scoped }", READER, None),
        ("{ scoped }", ADMIN, None),
        ("{ drawer { content } }", ANONYMOUS, "UNAUTHENTICATED"),
        ("{ drawer { __typename } }", ANONYMOUS, "UNAUTHENTICATED"),
        ("{ drawer { content } }", USER, None),
        ("{ box { plain } }", ANONYMOUS, None),
        ("{ box { hidden } }", ANONYMOUS, "UNAUTHENTICATED"),
        ("{ box { hidden } }", USER, "FORBIDDEN"),
        ("{ guarded { plain } }", ANONYMOUS, None),
        ("{ guarded { hidden } }", USER, "FORBIDDEN"),
        ("{ guarded { ... on Box { secret: hidden } } }", USER, "FORBIDDEN"),
        ("{ box { hidden } guarded { hidden } }", READER, None),
    ],
)
async def test_a_declaration_is_checked(ask: Any, query: str, principal: Principal, code: str | None) -> None:
    answer = await ask(query, principal)
    assert [error["extensions"]["code"] for error in answer.get("errors", ())] == ([code] if code else [])
    if code:
        # What is not nullable takes its parent with it; nothing that was asked for comes through.
        assert not any((answer["data"] or {}).values())


async def test_a_refusal_of_what_cannot_be_null_takes_the_parent(ask: Any) -> None:
    answer = await ask("{ drawers { content } }")
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("field", ["private", "drawn { content }"])
async def test_a_subscription_is_checked_before_it_begins(kernel: Kernel, field: str) -> None:
    async def first(principal: Principal) -> Any:
        context: Context[None] = Context(principal, kernel.transactions, kernel.fan_out)
        stream = await SCHEMA.subscribe(f"subscription {{ {field} }}", context_value=context)
        return [result async for result in stream]

    (refused,) = await first(ANONYMOUS)
    assert refused.data is None
    assert refused.errors[0].formatted["extensions"]["code"] == "UNAUTHENTICATED"
    (answered,) = await first(USER)
    assert not answered.errors


def test_a_policy_is_not_enforced_here_and_therefore_refused() -> None:
    @strawberry.type
    class Query:
        @strawberry.field(directives=[Policy(policies=[["adult"]])])
        def x(self) -> int:
            return 1

    with pytest.raises(InternalError, match="@policy"):
        SubgraphSchema(query=Query)


def declared_fields() -> list[tuple[str, str, str, Requirement]]:
    found = []
    for subgraph in SUBGRAPHS:
        schema = load(subgraph).schema._schema
        for type_ in schema.type_map.values():
            if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("_"):
                for name, field in type_.fields.items():
                    requirement = read_requirement(type_, name, field)
                    if requirement != Requirement():
                        found.append((subgraph, type_.name, name, requirement))
    return found


@pytest.mark.parametrize(("subgraph", "type_name", "field_name", "requirement"), declared_fields())
def test_every_declaration_of_every_subgraph_refuses_who_has_not_the_right(
    subgraph: str, type_name: str, field_name: str, requirement: Requirement
) -> None:
    schema = load(subgraph).schema._schema
    type_ = schema.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType)
    field = type_.fields[field_name]
    resolve: Any = field.subscribe if type_ is schema.subscription_type else field.resolve

    class Info:
        class context:  # noqa: N801 - the name of the attribute
            principal = ANONYMOUS

    with pytest.raises(Exception, match="Log in first"):
        resolve(None, Info)
    if requirement.scopes:
        Info.context.principal = Principal(user_id="usr_1")
        with pytest.raises(Exception, match="needs the scope"):
            resolve(None, Info)


def test_there_is_something_to_walk() -> None:
    assert len(declared_fields()) > 10
