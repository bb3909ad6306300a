"""The quick way through a subgraph answers what Strawberry's view answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from entrepot.shared.auth import ANONYMOUS, IDENTITY_HEADER
from entrepot.shared.events.event import read_traceparent
from entrepot.shared.events.tables import OUTBOX
from entrepot.shared.graphql import SubgraphView, endpoint
from tests.support.asgi_client import Answer
from tests.support.kernel import Kernel
from tests.support.kernel_graph import READER

JSON = {"content-type": "application/json"}

REQUESTS: dict[str, Mapping[str, Any]] = {
    "a field": {"query": "{ long(value: 1) }"},
    "aliases and a fragment": {"query": "{ a: long(value: 1) ...F } fragment F on Query { a: long(value: 1) b: long }"},
    "variables": {"query": "query Q($v: Long) { long(value: $v) }", "variables": {"v": 9_007_199_254_740_993}},
    "a variable that is missing": {"query": "query Q($v: Decimal!) { decimal(value: $v) }"},
    "a variable that is wrong": {"query": "query Q($v: Long) { long(value: $v) }", "variables": {"v": "much"}},
    "a variable too many": {"query": "query Q($v: Long) { long(value: $v) }", "variables": {"v": 1, "w": 2}},
    "conditions": {"query": "query Q($v: Boolean!) { long @skip(if: $v) }", "variables": {"v": True}},
    "one of two operations": {"query": "query A { long } query B { mine }", "operationName": "B"},
    "none of two operations": {"query": "query A { long } query B { mine }"},
    "an operation that is not there": {"query": "query A { long }", "operationName": "B"},
    "an empty operation name": {"query": "query A { long }", "operationName": ""},
    "members that are null": {"query": "{ long }", "variables": None, "operationName": None, "extensions": None},
    "a member that nobody knows": {"query": "{ long }", "more": 1},
    "extensions": {"query": "{ long }", "extensions": {"x": 1}},
    "errors": {"query": "{ boom missing busy unprintable tooLong long(value: 3) }"},
    "a refusal": {"query": "{ scoped mine drawer { content } box { plain hidden } guarded { plain hidden } }"},
    "an error that takes all data": {"query": "{ drawers { content } long }"},
    "an argument that is wrong": {"query": '{ currency(value: "nothing") }'},
    "a wrong document": {"query": "{ nothing }"},
    "no document": {"query": "{"},
    "an empty document": {"query": ""},
    "a fragment of its own": {"query": "{ ...F } fragment F on Query { ...F }"},
    "NUL": {"query": "query Q($t: String) { search(text: $t) }", "variables": {"t": "a\0b"}},
    "introspection": {"query": "{ __schema { queryType { name } } __typename long }"},
    "an entity": {
        "query": "query Q($r: [_Any!]!) { _entities(representations: $r) { ... on Note { id times } __typename } }",
        "variables": {"r": [{"__typename": "Note", "id": "a"}, {"__typename": "Note", "otherKey": "b"}]},
    },
    "an entity that fails": {
        "query": "query Q($r: [_Any!]!) { _entities(representations: $r) { __typename } }",
        "variables": {"r": [{"__typename": "Broken", "id": "a"}, {"__typename": "Nothing"}]},
    },
    "a mutation": {"query": 'mutation { take(input: { what: "a" }) { note { id } errors { __typename } } }'},
    "a mutation that refuses": {"query": 'mutation { take(input: { what: "" }) { errors { __typename } } }'},
    "a subscription": {"query": "subscription { breaks }"},
}

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "a list": b'[{"query": "{ long }"}]',
    "a string": b'"{ long }"',
    "no UTF-8": b"\xff",
    "a lone surrogate": b'{"query": "{ search(text: \\"\\\\ud800\\") }"}',
    "one in the variables": b'{"query": "query Q($t: String) { search(text: $t) }", "variables": {"t": "\\ud800"}}',
    "no number": b'{"query": "query Q($v: Long) { long(value: $v) }", "variables": {"v": NaN}}',
    "a huge number": b'{"query": "query Q($v: Long) { long(value: $v) }", "variables": {"v": 123456789012345678901}}',
    "much nesting": b'{"query": ' + json.dumps("{ ...{" * 5_000).encode() + b"}",
    "extensions of another type": b'{"query": "{ long }", "extensions": 5}',
    "variables of another type": b'{"query": "{ long }", "variables": [1]}',
    "the name of another type": b'{"query": "{ long }", "operationName": 1}',
    "a member twice": b'{"query": "{ mine }", "query": "{ long(value: 2) }"}',
}

HEADERS: dict[str, Mapping[str, str | None]] = {
    "a charset": {"content-type": "application/json; charset=utf-8"},
    "another media type": {"content-type": "text/plain"},
    "no media type": {"content-type": None},
    "one that begins alike": {"content-type": "application/jsonp"},
    "an answer of GraphQL": {"accept": "application/graphql-response+json"},
    "an answer of HTML": {"accept": "text/html"},
    "a coding": {"content-encoding": "gzip"},
}


@pytest.fixture
def both(served: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sends a request on each way, and gives both answers: the second time, nothing seems to be for the quick one."""

    async def send(body: bytes, headers: Mapping[str, str | None]) -> tuple[Answer, Answer]:
        quick = await served.client.send("POST", "/graphql", headers, body)
        monkeypatch.setattr(endpoint, "_is_plain_post", lambda _scope: False)
        return quick, await served.client.send("POST", "/graphql", headers, body)

    return send


def reduce(answer: Answer) -> tuple[int, str, Any]:
    """What a client reads of an answer: status, media type without parameters, content."""
    media_type = answer.headers["content-type"].partition(";")[0]
    content = json.loads(answer.body) if media_type.endswith("json") else answer.body
    return answer.status, media_type, content


@pytest.mark.parametrize("principal", [ANONYMOUS, READER], ids=["anonymous", "reader"])
@pytest.mark.parametrize("name", REQUESTS)
async def test_requests(served: Any, both: Any, name: str, principal: Any) -> None:
    headers = JSON | served.identity(principal) | {"x-request-id": "req-1"}
    quick, slow = await both(json.dumps(REQUESTS[name]).encode(), headers)
    assert reduce(quick) == reduce(slow)


@pytest.mark.parametrize("name", BODIES)
async def test_bodies(served: Any, both: Any, name: str) -> None:
    quick, slow = await both(BODIES[name], JSON | served.identity())
    assert reduce(quick) == reduce(slow)


@pytest.mark.parametrize("name", HEADERS)
async def test_headers(served: Any, both: Any, name: str) -> None:
    headers = {**JSON, **served.identity(), **HEADERS[name]}
    quick, slow = await both(b'{"query": "{ long(value: 1) }"}', headers)
    assert reduce(quick) == reduce(slow)


@pytest.mark.parametrize("token", ["", "a.b.c", None])
async def test_who_proves_nothing(both: Any, token: str | None) -> None:
    quick, slow = await both(b'{"query": "{ long(value: 1) }"}', {**JSON, IDENTITY_HEADER: token})
    assert reduce(quick) == reduce(slow)


async def test_a_body_in_parts(served: Any) -> None:
    body = b'{"query": "{ long(value: 1) }"}'
    answer = await served.client.send("POST", "/graphql", JSON | served.identity(), [body[:9], b"", body[9:]])
    assert answer.json == {"data": {"long": 1}}


async def test_a_client_that_leaves_before_its_request_is_whole(served: Any) -> None:
    exchange = served.client.open("POST", "/graphql", JSON | served.identity(), [])
    exchange.gone.set()
    await exchange.run()
    assert exchange.messages == []


async def test_what_a_mutation_announces_belongs_to_the_trace_of_its_request(served: Any, kernel: Kernel) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    headers = served.identity() | {"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}
    answer = await served.client.query('mutation { announce(input: { thing: "a" }) { thing } }', headers=headers)
    assert answer.json == {"data": {"announce": {"thing": "a"}}}
    (row,) = await kernel.rows(OUTBOX)
    traceparent = read_traceparent(row.envelope.encode())
    assert traceparent is not None
    assert traceparent.split("-")[1] == trace_id


async def test_many_at_once_read_what_they_asked_for(served: Any) -> None:
    client = served.client
    query = "query Q($v: Long, $w: String!) { long(value: $v) note(what: $w) { id times } }"
    for number in range(4):
        taking = f'mutation {{ take(input: {{ what: "n{number}" }}) {{ note {{ id }} }} }}'
        assert (await client.query(taking, headers=served.identity())).status == 200
    answers = await asyncio.gather(
        *(client.query(query, {"v": number, "w": f"n{number % 8}"}, headers=served.identity()) for number in range(40))
    )
    for number, answer in enumerate(answers):
        note = {"id": f"n{number % 8}", "times": 1} if number % 8 < 4 else None
        assert answer.json == {"data": {"long": number, "note": note}}


@pytest.mark.parametrize("name", ["a field", "variables", "errors", "a refusal", "an entity", "a mutation"])
async def test_what_goes_the_quick_way(served: Any, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    async def refuse(*_: object) -> None:
        raise AssertionError("the view was asked")

    monkeypatch.setattr(SubgraphView, "__call__", refuse)
    answer = await served.client.post(REQUESTS[name], headers=served.identity())
    assert answer.status == 200
