"""A subgraph made of SDL and plain data, as an ASGI app that remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from graphql import ExecutionResult, GraphQLSchema, build_schema, parse, subscribe, validate
from graphql.execution import execute

FEDERATION_SDL = """
scalar _Any
"""
Message = MutableMapping[str, Any]


@dataclass
class MemorySubgraph:
    """Validates, and answers by graphql-core over `root`: values, or functions of `info` and the arguments.

    `entities` maps a type to a function from a representation to the entity's data or None; it may raise.
    """

    name: str
    sdl: str
    root: Mapping[str, Any] = field(default_factory=dict)
    entities: Mapping[str, Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        sdl = self.sdl + FEDERATION_SDL
        if self.entities:
            # An entity asked for by its interface is returned with the name of its own type.
            members = [name for name in self.entities if f"interface {name} " not in sdl]
            sdl += f"union _Entity = {' | '.join(members)}\n"
            sdl += "type Query " if "type Query" not in sdl else "extend type Query "
            sdl += "{ _entities(representations: [_Any!]!): [_Entity]! }\n"
        self.schema: GraphQLSchema = build_schema(sdl, assume_valid_sdl=True)

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        body = (await receive())["body"]
        request = json.loads(body)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.requests.append(request)
        self.headers.append(headers)
        if headers["accept"] == "text/event-stream":
            await self._stream(request, send)
        else:
            answer = json.dumps(_format(await self._execute(request))).encode()
            await _start(send, b"application/json")
            await send({"type": "http.response.body", "body": answer})

    async def _execute(self, request: dict[str, Any]) -> ExecutionResult:
        document = parse(request["query"])
        problems = validate(self.schema, document)
        if problems:
            return ExecutionResult(None, problems)
        result = execute(
            self.schema,
            document,
            root_value={**self.root, "_entities": self._resolve_entities},
            variable_values=request.get("variables"),
            operation_name=request.get("operationName"),
        )
        return result if isinstance(result, ExecutionResult) else await result

    async def _stream(self, request: dict[str, Any], send: Callable[[Message], Awaitable[None]]) -> None:
        await _start(send, b"text/event-stream")
        document = parse(request["query"])
        problems = validate(self.schema, document)
        if problems:
            await _send_event(send, "next", json.dumps(_format(ExecutionResult(None, problems))))
        pending = subscribe(self.schema, document, root_value=self.root, variable_values=request.get("variables"))
        events = pending if isinstance(pending, ExecutionResult) or hasattr(pending, "__aiter__") else await pending
        if isinstance(events, ExecutionResult):
            await _send_event(send, "next", json.dumps(_format(events)))
        else:
            async for event in events:
                await _send_event(send, "next", json.dumps(_format(event)))
        await _send_event(send, "complete", "")
        await send({"type": "http.response.body", "body": b""})

    def _resolve_entities(self, _info: Any, representations: list[dict[str, Any]]) -> list[Any]:
        return [self._resolve_entity(representation) for representation in representations]

    def _resolve_entity(self, representation: dict[str, Any]) -> Any:
        typename = representation["__typename"]
        try:
            entity = self.entities[typename](representation)
        except Exception as error:  # noqa: BLE001 - a value that is an error fails that entity alone
            return error
        return None if entity is None else {"__typename": typename, **entity}


def _format(result: ExecutionResult) -> dict[str, Any]:
    return dict(result.formatted)


async def _start(send: Callable[[Message], Awaitable[None]], content_type: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", content_type)]})


async def _send_event(send: Callable[[Message], Awaitable[None]], event: str, data: str) -> None:
    text = f"event: {event}\ndata: {data}\n\n"
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
