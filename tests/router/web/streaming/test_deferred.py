"""Answers in parts: multipart over real HTTP byte for byte, server-sent events and sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from entrepot.router.app import RouterApp
from entrepot.router.config import RouterConfig, TimeoutsConfig
from entrepot.router.web.http.negotiate import negotiate
from entrepot.router.web.streaming.incremental import DEFER_SPEC_20220824, EVENT_PARTS, INCREMENTAL_V0_2
from tests.support.asgi_client import AsgiClient, serve
from tests.support.clock import ManualClock
from tests.support.small_graph import SmallGraph
from tests.support.tokens import bearer

CURRENT_ACCEPT = "multipart/mixed;incrementalSpec=v0.2, application/graphql-response+json, application/json;q=0.9"
LABELLED_ACCEPT = "multipart/mixed;deferSpec=20220824, application/json"
QUERY = '{ people { name ... @defer(label: "later") { notes { text } } } }'
HEAD = b"\r\n---\r\ncontent-type: application/json; charset=utf-8\r\n\r\n"
NAMES = b'{"data":{"people":[{"name":"Ada"},{"name":"Grace"}]}'
SLOW = "{ me { name } ... @defer { slow } }"


def read_parts(body: bytes) -> list[Any]:
    head, *parts, tail = body.split(b"\r\n---")
    assert (head, tail) == (b"", b"--\r\n")
    return [json.loads(part.split(b"\r\n\r\n", 1)[1]) for part in parts]


class TestNegotiation:
    @pytest.mark.parametrize(
        ("accept", "parts"),
        [
            (None, None),
            ("*/*", None),
            ("application/json", None),
            ("multipart/mixed, application/json", None),
            ("multipart/mixed;deferSpec=20190101, application/json", None),
            ("multipart/mixed;incrementalSpec=v0.2;q=0, application/json", None),
            (CURRENT_ACCEPT, INCREMENTAL_V0_2),
            ('multipart/mixed; incrementalSpec="V0.2"', INCREMENTAL_V0_2),
            (LABELLED_ACCEPT, DEFER_SPEC_20220824),
            ("multipart/mixed;incrementalSpec=v0.2;q=0.5, multipart/mixed;deferSpec=20220824", DEFER_SPEC_20220824),
            ("text/event-stream", EVENT_PARTS),
            ("text/event-stream, multipart/mixed;deferSpec=20220824", DEFER_SPEC_20220824),
            ("multipart/mixed;subscriptionSpec=1.0, application/json", None),
        ],
    )
    def test_the_form_of_an_answer_in_parts(self, accept: str | None, parts: object) -> None:
        assert negotiate(accept).parts is parts

    def test_who_accepts_parts_alone_can_be_answered_whole(self) -> None:
        assert negotiate("multipart/mixed;incrementalSpec=v0.2").json == "application/json"


class TestMultipart:
    async def _fetch(self, app: RouterApp, accept: str, query: str = QUERY) -> tuple[str, bytes]:
        async with serve(app) as address, aiohttp.ClientSession() as session:
            headers = {"accept": accept}
            async with session.post(f"http://{address}/graphql", json={"query": query}, headers=headers) as response:
                assert response.status == 200
                return response.headers["content-type"], await response.read()

    async def test_the_current_format(self, build_app: Callable[..., RouterApp]) -> None:
        content_type, body = await self._fetch(build_app(), CURRENT_ACCEPT)
        assert content_type == 'multipart/mixed; boundary="-"; incrementalSpec=v0.2'
        assert body == (
            HEAD
            + NAMES
            + b',"pending":[{"id":"0","path":["people",0],"label":"later"},{"id":"1","path":["people",1],'
            + b'"label":"later"}],"hasNext":true}'
            + HEAD
            + b'{"incremental":[{"id":"0","data":{"notes":[{"text":"note of 1"}]}},'
            + b'{"id":"1","data":{"notes":[{"text":"note of 2"}]}}],'
            + b'"completed":[{"id":"0"},{"id":"1"}],"hasNext":false}'
            + b"\r\n-----\r\n"
        )

    async def test_the_labelled_format(self, build_app: Callable[..., RouterApp]) -> None:
        content_type, body = await self._fetch(build_app(), LABELLED_ACCEPT)
        assert content_type == 'multipart/mixed; boundary="-"; deferSpec=20220824'
        assert body == (
            HEAD
            + NAMES
            + b',"hasNext":true}'
            + HEAD
            + b'{"incremental":[{"data":{"notes":[{"text":"note of 1"}]},"path":["people",0],"label":"later"},'
            + b'{"data":{"notes":[{"text":"note of 2"}]},"path":["people",1],"label":"later"}],"hasNext":false}'
            + b"\r\n-----\r\n"
        )

    async def test_data_further_down_is_told_by_its_sub_path(self, client: AsgiClient) -> None:
        query = "{ people { name } ... @defer { people { notes { text } } } }"
        current = read_parts((await client.query(query, headers={"accept": CURRENT_ACCEPT})).body)
        assert current[0]["pending"] == [{"id": "0", "path": []}]
        assert [item["subPath"] for item in current[1]["incremental"]] == [["people", 0], ["people", 1]]
        assert current[1]["completed"] == [{"id": "0"}]
        labelled = read_parts((await client.query(query, headers={"accept": LABELLED_ACCEPT})).body)
        people = [{"notes": [{"text": "note of 1"}]}, {"notes": [{"text": "note of 2"}]}]
        assert labelled[1]["incremental"] == [{"data": {"people": people}, "path": []}]

    async def test_what_a_fragment_failed_with(self, client: AsgiClient, graph: SmallGraph) -> None:
        graph.people["1"]["name"] = None
        query = "{ me { id ... @defer { name } } }"
        current = read_parts((await client.query(query, headers={"accept": CURRENT_ACCEPT})).body)[1]
        assert set(current) == {"completed", "hasNext"}
        assert current["completed"][0]["errors"][0]["path"] == ["me", "name"]
        labelled = read_parts((await client.query(query, headers={"accept": LABELLED_ACCEPT})).body)[1]
        (entry,) = labelled["incremental"]
        assert (entry["data"], entry["path"], entry["errors"][0]["path"]) == (None, ["me"], ["me", "name"])

    @pytest.mark.parametrize("accept", ["application/json", CURRENT_ACCEPT, LABELLED_ACCEPT])
    async def test_without_anything_deferred_the_answer_is_json(self, client: AsgiClient, accept: str) -> None:
        for query in (
            "{ me { name } }",
            "{ me { name ... @defer(if: false) { id } } }",
            "{ me { id ... @defer { id } } }",
        ):
            answer = await client.query(query, headers={"accept": accept})
            assert answer.headers["content-type"].startswith("application/")
            assert "hasNext" not in answer.json

    async def test_who_does_not_accept_parts_gets_the_whole(self, client: AsgiClient) -> None:
        answer = await client.query(QUERY, headers={"accept": "application/json"})
        assert answer.json["data"]["people"][0] == {"name": "Ada", "notes": [{"text": "note of 1"}]}

    async def test_a_refused_document_is_json(self, client: AsgiClient) -> None:
        query = 'query ($name: String) { me { ... @defer(label: $name) { id } ... @defer(label: "a") { name } } }'
        answer = await client.query(query, headers={"accept": LABELLED_ACCEPT})
        assert "must be a static string" in answer.json["errors"][0]["message"]


class TestEnd:
    async def test_the_primary_part_is_sent_before_a_slow_one_is_there_and_leaving_ends_that(
        self, client: AsgiClient, graph: SmallGraph
    ) -> None:
        headers = {"accept": CURRENT_ACCEPT, "content-type": "application/json"}
        exchange = client.open("POST", "/graphql", headers, json.dumps({"query": SLOW}).encode())
        task = asyncio.create_task(exchange.run())
        await asyncio.wait_for(exchange.wait_for(b'"hasNext":true'), 5)
        await asyncio.wait_for(graph.slow_started.wait(), 5)
        exchange.gone.set()
        await asyncio.wait_for(task, 5)
        assert graph.cancelled == 1
        assert b'hasNext":false' not in exchange.body

    @pytest.mark.parametrize("accept", [CURRENT_ACCEPT, LABELLED_ACCEPT])
    async def test_the_deadline_is_that_of_the_whole_request(
        self, build_client: Callable[..., AsgiClient], graph: SmallGraph, accept: str
    ) -> None:
        client = build_client(RouterConfig(timeouts=TimeoutsConfig(request=0.2)))
        answer = await asyncio.wait_for(client.query(SLOW, headers={"accept": accept}), 5)
        first, last = read_parts(answer.body)
        assert first["data"] == {"me": {"name": "Ada"}}
        (ended,) = last["completed"] if accept == CURRENT_ACCEPT else last["incremental"]
        assert ended["errors"][0]["extensions"]["code"] == "REQUEST_TIMED_OUT"
        assert last["hasNext"] is False
        assert graph.cancelled == 1

    async def test_a_late_primary_part_is_an_ordinary_error(self, build_client: Callable[..., AsgiClient]) -> None:
        client = build_client(RouterConfig(timeouts=TimeoutsConfig(request=0.2)))
        query = "{ slow ... @defer { me { name } } }"
        answer = await asyncio.wait_for(client.query(query, headers={"accept": CURRENT_ACCEPT}), 5)
        assert (answer.status, answer.codes) == (504, ["REQUEST_TIMED_OUT"])


class TestStreams:
    async def test_payloads_as_events(self, client: AsgiClient) -> None:
        answer = await client.query(QUERY, headers={"accept": "text/event-stream"})
        events = [event for event in answer.body.decode().split("\n\n") if event.startswith("event: ")]
        assert [event.partition("\n")[0] for event in events] == ["event: next", "event: next", "event: complete"]
        payloads = [json.loads(event.partition("data: ")[2]) for event in events[:-1]]
        assert [payload["hasNext"] for payload in payloads] == [True, False]
        assert payloads[1]["incremental"][0] == {"id": "0", "data": {"notes": [{"text": "note of 1"}]}}

    async def test_payloads_as_messages_of_a_socket(self, build_app: Callable[..., RouterApp]) -> None:
        async with (
            serve(build_app()) as address,
            connect(f"ws://{address}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket,
        ):
            await socket.send('{"type":"connection_init"}')
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": QUERY}}))
            messages = [json.loads(await asyncio.wait_for(socket.recv(), 5)) for _ in range(4)]
        assert [message["type"] for message in messages] == ["connection_ack", "next", "next", "complete"]
        assert [message["payload"]["hasNext"] for message in messages[1:3]] == [True, False]

    async def test_a_whole_answer_is_one_ordinary_message(self, client: AsgiClient) -> None:
        answer = await client.query("{ me { id ... @defer { id } } }", headers={"accept": "text/event-stream"})
        assert b'data: {"data":{"me":{"id":"1"}}}\n' in answer.body


class TestPermissions:
    async def test_what_may_not_be_selected_is_told_with_its_part(self, client: AsgiClient, clock: ManualClock) -> None:
        query = "{ me { name } ... @defer { secret } }"
        first, second = read_parts((await client.query(query, headers={"accept": CURRENT_ACCEPT})).body)
        assert "errors" not in first
        (entry,) = second["incremental"]
        assert entry["data"] == {"secret": None}
        assert [error["path"] for error in entry["errors"]] == [["secret"]]
        permitted = await client.query(query, headers={"accept": CURRENT_ACCEPT} | bearer(clock))
        assert read_parts(permitted.body)[1]["incremental"][0]["data"] == {"secret": "the cake"}

    async def test_and_with_the_whole_where_nothing_is_deferred(self, client: AsgiClient) -> None:
        answer = await client.query("{ me { name } ... @defer { secret } }")
        assert answer.json["data"] == {"me": {"name": "Ada"}, "secret": None}
        assert [error["path"] for error in answer.json["errors"]] == [["secret"]]
