"""The ASGI app: whom it believes, how it answers, and its health."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from entrepot.shared.auth import ANONYMOUS, IDENTITY_HEADER, IdentitySigner, Principal
from entrepot.shared.graphql import build_app
from tests.support.asgi_client import AsgiClient, serve
from tests.support.kernel import Kernel
from tests.support.kernel_graph import READER, SECRET

STREAM = {"accept": "text/event-stream", "content-type": "application/json"}


class TestIdentity:
    async def test_who_proves_nothing_is_refused(self, served: Any) -> None:
        for headers in ({}, {"authorization": "Bearer x"}, {IDENTITY_HEADER: ""}, {IDENTITY_HEADER: "a.b.c"}):
            answer = await served.client.query("{ long }", headers=headers)
            assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])

    async def test_who_is_vouched_for_by_another_is_refused(self, served: Any, kernel: Kernel) -> None:
        stranger = IdentitySigner(Ed25519PrivateKey.generate(), kernel.clock)
        for token in (stranger.token_for(READER, "tests"), served.signer.token_for(READER, "others")):
            answer = await served.client.query("{ scoped }", headers={IDENTITY_HEADER: token})
            assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])

    async def test_an_identity_ends(self, served: Any, kernel: Kernel) -> None:
        headers = served.identity(READER)
        assert (await served.client.query("{ scoped }", headers=headers)).json == {"data": {"scoped": "scoped"}}
        kernel.clock.advance(60)
        assert (await served.client.query("{ scoped }", headers=headers)).status == 401

    async def test_anonymous_is_an_identity_without_rights(self, served: Any) -> None:
        answer = await served.client.query("{ long(value: 1) mine }", headers=served.identity(ANONYMOUS))
        assert (answer.status, answer.json["data"], answer.codes) == (
            200,
            {"long": 1, "mine": None},
            ["UNAUTHENTICATED"],
        )


class TestQuery:
    async def test_errors_are_coded_and_masked(self, served: Any) -> None:
        headers = served.identity() | {"x-request-id": "req-9"}
        answer = await served.client.query("{ boom missing long(value: 3) }", headers=headers)
        assert answer.json["data"] == {"boom": None, "missing": None, "long": 3}
        assert answer.codes == ["INTERNAL_SERVER_ERROR", "NOT_FOUND"]
        assert "Mention req-9" in answer.json["errors"][0]["message"]
        assert SECRET not in answer.body.decode()

    async def test_a_document_that_is_wrong(self, served: Any) -> None:
        for query, code in (("{", "GRAPHQL_PARSE_FAILED"), ("{ nothing }", "GRAPHQL_VALIDATION_FAILED")):
            answer = await served.client.query(query, headers=served.identity())
            assert answer.codes == [code]
            assert not answer.json["data"]

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b"5",
            b"\xff",
            b"[" * 100_000,
            b"{}",
            b'{"query": 5}',
            b'{"query": null}',
            b'{"query": "{ long }", "variables": 5}',
            b'{"query": "{ long }", "variables": []}',
            b'{"query": "{ long }", "operationName": 5}',
            b'{"query": "{ long }", "extensions": 5}',
            b'{"query": "{ long }", "operationName": "Other"}',
        ],
    )
    async def test_a_body_that_is_wrong_is_refused(self, served: Any, body: bytes) -> None:
        answer = await served.client.post(body=body, headers=served.identity())
        assert 400 <= answer.status < 500

    async def test_is_posted(self, served: Any) -> None:
        answer = await served.client.get({"query": "{ long }"}, served.identity())
        assert 400 <= answer.status < 500


class TestStream:
    def open(self, served: Any, query: str, principal: Principal = ANONYMOUS) -> Any:
        headers = STREAM | served.identity(principal)
        return served.client.open("POST", "/graphql", headers, json.dumps({"query": query}).encode())

    def events(self, exchange: Any) -> list[dict[str, Any]]:
        lines = exchange.body.decode().splitlines()
        return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]

    async def test_an_error_in_the_middle_is_masked_and_ends_it(self, served: Any) -> None:
        exchange = self.open(served, "subscription { breaks }")
        await exchange.run()
        first, second = self.events(exchange)
        assert first == {"data": {"breaks": 1}}
        assert [error["extensions"]["code"] for error in second["errors"]] == ["INTERNAL_SERVER_ERROR"]
        assert SECRET not in exchange.body.decode()
        assert b"event: complete" in exchange.body

    async def test_every_event_is_read_anew(self, served: Any) -> None:
        exchange = self.open(served, 'subscription { seen(what: "a") { times } }')
        await exchange.run()
        assert [event["data"]["seen"]["times"] for event in self.events(exchange)] == [0, 1, 2]

    async def test_without_the_right_there_is_none(self, served: Any) -> None:
        exchange = self.open(served, "subscription { private }")
        await exchange.run()
        (event,) = self.events(exchange)
        assert event["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert not event.get("data")
        allowed = self.open(served, "subscription { private }", READER)
        await allowed.run()
        assert self.events(allowed) == [{"data": {"private": 1}}]

    async def test_follows_what_happens_and_stops_listening_when_the_client_leaves(
        self, served: Any, kernel: Kernel
    ) -> None:
        before = asyncio.all_tasks()
        exchange = self.open(served, 'subscription { noted(what: "a", until: 9) { times } }')
        running = asyncio.create_task(exchange.run())
        for times in (1, 2):
            await served.client.query(
                'mutation { take(input: { what: "a" }) { note { id } } }', headers=served.identity()
            )
            await exchange.wait_for(str(times).encode() + b"}")
        assert [event["data"]["noted"]["times"] for event in self.events(exchange)] == [1, 2]
        assert kernel.fan_out._listeners
        exchange.gone.set()
        await running
        for _ in range(10):
            await asyncio.sleep(0)
        assert kernel.fan_out._listeners == {}
        assert asyncio.all_tasks() == before

    async def test_ends_with_the_last(self, served: Any) -> None:
        exchange = self.open(served, 'subscription { noted(what: "a", until: 1) { times } }')
        running = asyncio.create_task(exchange.run())
        await served.client.query('mutation { take(input: { what: "a" }) { note { id } } }', headers=served.identity())
        await running
        assert [event["data"]["noted"]["times"] for event in self.events(exchange)] == [1]


class TestSocket:
    async def test_masks_errors_and_shares_nothing_between_operations(self, served: Any, kernel: Kernel) -> None:
        async with (
            serve(served.app) as address,
            connect(
                f"ws://{address}/graphql",
                subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]  # a name of text
                additional_headers=served.identity(READER),
            ) as socket,
        ):
            await socket.send(json.dumps({"type": "connection_init"}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"

            async def ask(query: str) -> list[dict[str, Any]]:
                await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
                heard = []
                while True:
                    message = json.loads(await socket.recv())
                    if message["type"] == "complete":
                        return heard
                    heard.append(message["payload"])
                    if message["type"] == "error":
                        return heard

            (boom,) = await ask("{ boom }")
            (breaks, broken) = await ask("subscription { breaks }")
            (refused,) = await ask("{ nothing }")
            assert breaks == {"data": {"breaks": 1}}
            for payload in (boom, broken):
                assert payload["errors"][0]["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
            assert refused[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
            assert SECRET not in json.dumps([boom, broken, refused])
            query = '{ note(what: "a") { times } }'
            assert await ask(query) == [{"data": {"note": None}}]
            await kernel.change("unrelated", 1)
            await ask('mutation { take(input: { what: "a" }) { note { id } } }')
            assert await ask(query) == [{"data": {"note": {"times": 1}}}]

    async def test_without_an_identity_is_not_opened(self, served: Any) -> None:
        async with serve(served.app) as address:
            socket = await connect(f"ws://{address}/graphql", subprotocols=["graphql-transport-ws"])  # type: ignore[list-item]  # as above
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert (socket.close_code, socket.close_reason) == (4401, "UNAUTHENTICATED")


class TestHealth:
    @pytest.mark.parametrize(("answers", "status"), [([], 200), ([True], 200), ([True, False], 503)])
    async def test_ready_asks_every_check(self, served: Any, answers: list[bool], status: int) -> None:
        async def check(answer: bool) -> bool:  # noqa: FBT001 - bound below
            return answer

        view = next(route.endpoint for route in served.app.routes if route.path == "/graphql")
        app = build_app(view, [lambda answer=answer: check(answer) for answer in answers])
        client = AsgiClient(app)
        assert (await client.send("GET", "/health/ready")).status == status
        assert (await client.send("GET", "/health/live")).json == {"status": "live"}
