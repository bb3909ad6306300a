"""With introspection off, no transport tells of the schema, nor helps to guess it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.client import connect

from entrepot.router.app import RouterApp
from entrepot.router.config import BatchingConfig, RouterConfig
from tests.support.asgi_client import AsgiClient, serve

CLOSED = RouterConfig(introspection=False, batching=BatchingConfig(enabled=True))
MULTIPART = 'multipart/mixed; subscriptionSpec="1.0", application/json'
Ask = Callable[[str, dict[str, Any]], Awaitable[str]]


@pytest.fixture(params=["post", "get", "events", "multipart", "batch", "socket"])
async def ask(request: pytest.FixtureRequest, build_app: Callable[..., RouterApp]) -> AsyncIterator[Ask]:
    """Sends a document over one of the transports, and gives everything that came back as text."""
    app = build_app(CLOSED)
    client = AsgiClient(app)

    async def over_http(query: str, variables: dict[str, Any]) -> str:
        content = {"query": query, "variables": variables}
        if request.param == "get":
            answer = await client.get({"query": query, "variables": json.dumps(variables)})
        elif request.param == "batch":
            answer = await client.post([content])
        else:
            accept = {"events": "text/event-stream", "multipart": MULTIPART}.get(request.param)
            answer = await client.post(content, headers={"accept": accept})
        return answer.body.decode()

    if request.param != "socket":
        yield over_http
        return
    async with (
        serve(app) as address,
        connect(f"ws://{address}/graphql", subprotocols=["graphql-transport-ws"]) as socket,  # type: ignore[list-item]  # a NewType of str
    ):
        await socket.send('{"type": "connection_init"}')
        await socket.recv()

        async def over_socket(query: str, variables: dict[str, Any]) -> str:
            payload = {"query": query, "variables": variables}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            return str(await asyncio.wait_for(socket.recv(), 5))

        yield over_socket


@pytest.mark.parametrize(
    "query",
    ["{ __schema { types { name } } }", '{ __type(name: "Person") { name } }', "{ a: __schema { __typename } }"],
)
async def test_introspection_is_refused(ask: Ask, query: str) -> None:
    answer = await ask(query, {})
    assert "introspection" in answer.lower()
    assert '"data"' not in answer


async def test_the_name_of_a_type_in_an_answer_is_no_introspection(ask: Ask) -> None:
    assert '{"data":{"me":{"__typename":"Person"}}}' in await ask("{ me { __typename } }", {})


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ peopel { name } }", {}),
        ("{ me { nam } }", {}),
        ("{ people(frist: 1) { name } }", {}),
        ("{ nodes { ... on Persn { name } } }", {}),
        ("query($filter: PersonFiltr) { people(filter: $filter) { name } }", {}),
        ('{ people(filter: { minimumAge: 1, nam: "A" }) { name } }', {}),
        ("query($filter: PersonFilter) { people(filter: $filter) { name } }", {"filter": {"minimumAge": 1, "nam": 1}}),
        ("{ me @skp(if: true) { name } }", {}),
        ("{ me { ...Fields } } fragment Feilds on Person { name }", {}),
    ],
)
async def test_nothing_is_suggested(ask: Ask, query: str, variables: dict[str, Any]) -> None:
    answer = await ask(query, variables)
    assert '"errors"' in answer or '"type":"error"' in answer
    assert "Did you mean" not in answer


async def test_with_introspection_names_are_suggested(client: AsgiClient) -> None:
    assert "Did you mean" in (await client.query("{ me { nam } }")).body.decode()
