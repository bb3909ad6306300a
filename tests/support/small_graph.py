"""A supergraph of two subgraphs with protected fields, and the subgraphs themselves as ASGI apps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import graphql
from graphql import GraphQLSchema, build_schema

Message = MutableMapping[str, Any]

SUPERGRAPH = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)
{ query: Query mutation: Mutation subscription: Subscription }

directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false,
  resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable
  on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String,
  external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @policy(policies: [[policy__Policy!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM

scalar join__FieldSet
scalar link__Import
scalar requiresScopes__Scope
scalar policy__Policy
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph {
  NOTES @join__graph(name: "notes", url: "http://notes.test/graphql")
  PEOPLE @join__graph(name: "people", url: "http://people.test/graphql")
}

type Query @join__type(graph: NOTES) @join__type(graph: PEOPLE) {
  me: Person @join__field(graph: PEOPLE)
  people(first: Int = 2, filter: PersonFilter): [Person!]! @join__field(graph: PEOPLE)
  nodes: [Node!]! @join__field(graph: PEOPLE)
  secret: String @join__field(graph: PEOPLE) @authenticated
  vault: Vault @join__field(graph: PEOPLE)
  slow: String @join__field(graph: PEOPLE)
  broken: String @join__field(graph: NOTES)
}

type Mutation @join__type(graph: PEOPLE) {
  rename(id: ID!, name: String!): Person @join__field(graph: PEOPLE)
  fire(id: ID!): Boolean @join__field(graph: PEOPLE) @requiresScopes(scopes: [["people:write"], ["admin"]])
}

type Subscription @join__type(graph: PEOPLE) {
  ticks(count: Int!): Tick! @join__field(graph: PEOPLE)
  renamed: Person! @join__field(graph: PEOPLE)
  forever: Tick! @join__field(graph: PEOPLE)
}

input PersonFilter @join__type(graph: PEOPLE) { name: String minimumAge: Int! }

interface Node @join__type(graph: PEOPLE) { id: ID! serial: String }

type Tick @join__type(graph: PEOPLE) { number: Int! }

type Vault @join__type(graph: PEOPLE) @requiresScopes(scopes: [["vault:open"]]) { gold: Int! }

type Person implements Node
  @join__implements(graph: PEOPLE, interface: "Node")
  @join__type(graph: NOTES, key: "id") @join__type(graph: PEOPLE, key: "id")
{
  id: ID!
  serial: String @join__field(graph: PEOPLE)
  name: String! @join__field(graph: PEOPLE)
  email: String @join__field(graph: PEOPLE) @join__field(graph: NOTES, external: true)
    @requiresScopes(scopes: [["people:read"]])
  salary: Int! @join__field(graph: PEOPLE) @policy(policies: [["payroll"]])
  notes: [Note!]! @join__field(graph: NOTES)
  greeting: String @join__field(graph: NOTES, requires: "email")
}

type Robot implements Node @join__implements(graph: PEOPLE, interface: "Node") @join__type(graph: PEOPLE) {
  id: ID!
  serial: String @authenticated
}

type Note @join__type(graph: NOTES) { text: String! author: Person! }
"""

_ENTITY_PARTS = "scalar _Any union _Entity = Person"
_PEOPLE = build_schema(
    f"""
    {_ENTITY_PARTS}
    type Query {{
      me: Person people(first: Int = 2, filter: PersonFilter): [Person!]! nodes: [Node!]! secret: String vault: Vault
      slow: String _entities(representations: [_Any!]!): [_Entity]!
    }}
    type Mutation {{ rename(id: ID!, name: String!): Person fire(id: ID!): Boolean }}
    type Subscription {{ ticks(count: Int!): Tick! renamed: Person! forever: Tick! }}
    input PersonFilter {{ name: String minimumAge: Int! }}
    interface Node {{ id: ID! serial: String }}
    type Tick {{ number: Int! }}
    type Vault {{ gold: Int! }}
    type Person implements Node {{ id: ID! serial: String name: String! email: String salary: Int! }}
    type Robot implements Node {{ id: ID! serial: String }}
    """
)
_NOTES = build_schema(
    f"""
    {_ENTITY_PARTS}
    type Query {{ broken: String _entities(representations: [_Any!]!): [_Entity]! }}
    type Person {{ id: ID! email: String notes: [Note!]! greeting: String }}
    type Note {{ text: String! author: Person! }}
    """
)


class SmallGraph:
    """Both subgraphs with their data; it remembers every request that they get."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.cancelled = 0
        self.slow_started = asyncio.Event()
        self.people: dict[str, dict[str, Any]] = {
            "1": _person("1", "Ada", 36),
            "2": _person("2", "Grace", 85),
        }

    @property
    def apps(self) -> dict[str, Callable[..., Awaitable[None]]]:
        return {"people": self._app("people", _PEOPLE), "notes": self._app("notes", _NOTES)}

    @property
    def asked(self) -> list[str]:
        """The documents that the subgraphs were asked, as `subgraph: document`."""
        return [f"{name}: {content['query']}" for name, content, _ in self.requests]

    def _app(self, name: str, schema: GraphQLSchema) -> Callable[..., Awaitable[None]]:
        async def app(scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
            content = json.loads((await receive())["body"])
            headers = {key.decode(): value.decode() for key, value in scope["headers"]}
            self.requests.append((name, content, headers))
            document = graphql.parse(content["query"])
            problems = graphql.validate(schema, document)
            # Real subgraphs refuse what is not valid for them; no test of the router expects to see that.
            assert not problems, problems
            arguments: dict[str, Any] = {
                "variable_values": content.get("variables"),
                "operation_name": content.get("operationName"),
            }
            if "text/event-stream" in headers["accept"]:
                await self._stream(schema, document, arguments, send)
                return
            result = graphql.execute(
                schema, document, self._roots(), field_resolver=self._resolve, type_resolver=_resolve_type, **arguments
            )
            try:
                done = await result if asyncio.iscoroutine(result) else result
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
            await send({"type": "http.response.start", "status": 200, "headers": [_JSON]})
            await send({"type": "http.response.body", "body": json.dumps(done.formatted).encode()})  # type: ignore[union-attr]  # awaited above

        return app

    async def _stream(self, schema: GraphQLSchema, document: Any, arguments: dict[str, Any], send: Any) -> None:
        stream: Any = graphql.subscribe(
            schema,
            document,
            self._roots(),
            subscribe_field_resolver=self._resolve,
            field_resolver=_resolve_event,
            **arguments,
        )
        if asyncio.iscoroutine(stream):
            stream = await stream
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        try:
            async for result in stream:
                body = f"event: next\ndata: {json.dumps(result.formatted)}\n\n".encode()
                await send({"type": "http.response.body", "body": body, "more_body": True})
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            await stream.aclose()
        await send({"type": "http.response.body", "body": b"event: complete\ndata:\n\n"})

    def _roots(self) -> dict[str, Any]:
        return {
            "me": self.people["1"],
            "nodes": [self.people["1"], {"__typename": "Robot", "id": "r1", "serial": "R-1"}],
            "secret": "the cake",
            "vault": {"gold": 7},
        }

    def _resolve(self, source: Any, info: Any, **arguments: Any) -> Any:
        own = getattr(self, f"_resolve_{info.parent_type.name}_{info.field_name}".lower(), None)
        return own(source, **arguments) if own else source.get(info.field_name)

    def _resolve_query_people(self, _source: Any, first: int, filter: Any = None) -> list[dict[str, Any]]:  # noqa: A002 - GraphQL's name
        people = [person for person in self.people.values() if not filter or person["age"] >= filter["minimumAge"]]
        return people[:first]

    async def _resolve_query_slow(self, _source: Any) -> str:
        self.slow_started.set()
        await asyncio.sleep(60)
        return "late"

    def _resolve_query_broken(self, _source: Any) -> str:
        raise graphql.GraphQLError("It is broken.")

    def _resolve_query__entities(self, _source: Any, representations: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**self.people[item["id"]], **item} for item in representations]

    def _resolve_person_notes(self, person: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"text": f"note of {person['id']}", "author": person}]

    def _resolve_person_greeting(self, person: dict[str, Any]) -> str:
        return f"Dear {person['email']}"

    def _resolve_mutation_rename(self, _source: Any, id: str, name: str) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        self.people[id]["name"] = name
        return self.people[id]

    def _resolve_mutation_fire(self, _source: Any, id: str) -> bool:  # noqa: A002 - GraphQL's name
        return self.people.pop(id, None) is not None

    async def _resolve_subscription_ticks(self, _source: Any, count: int) -> AsyncIterator[Any]:
        for number in range(count):
            yield {"ticks": {"number": number}}

    async def _resolve_subscription_forever(self, _source: Any) -> AsyncIterator[Any]:
        yield {"forever": {"number": 0}}
        await asyncio.sleep(60)

    async def _resolve_subscription_renamed(self, _source: Any) -> AsyncIterator[Any]:
        yield {"renamed": self.people["2"]}


_JSON = (b"content-type", b"application/json")


def _person(identity: str, name: str, age: int) -> dict[str, Any]:
    return {
        "__typename": "Person",
        "id": identity,
        "serial": f"P-{identity}",
        "name": name,
        "email": f"{name.lower()}@example.org",
        "salary": 1000,
        "age": age,
    }


def _resolve_event(source: Any, info: Any, **_arguments: Any) -> Any:
    return source.get(info.field_name)


def _resolve_type(value: Any, _info: Any, _kind: Any) -> str:
    return str(value["__typename"])
