"""Automatic persisted queries: the text once, its hash from then on."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from websockets.asyncio.client import connect

from entrepot.router.app import RouterApp
from entrepot.router.config import ApqConfig, PersistedDocumentsConfig, RouterConfig
from entrepot.shared.caching import CacheUnavailable, MemoryCache
from tests.support.asgi_client import AsgiClient, serve
from tests.support.clock import ManualClock
from tests.support.small_graph import SUPERGRAPH

BuildClient = Callable[..., AsgiClient]
QUERY = "{ me { name } }"
ADA = {"data": {"me": {"name": "Ada"}}}
RESPONSE = {"accept": "application/graphql-response+json"}


def extension(text: str = QUERY, **more: Any) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest(), **more}}


def with_automatic(**options: Any) -> RouterConfig:
    return RouterConfig(persisted_documents=PersistedDocumentsConfig(apq=ApqConfig(**options)))


class TestTheExchange:
    async def test_the_hash_is_unknown_until_the_text_came_with_it(self, client: AsgiClient) -> None:
        unknown = await client.post({"extensions": extension()})
        assert (unknown.status, unknown.codes) == (200, ["PERSISTED_QUERY_NOT_FOUND"])
        assert unknown.json["errors"][0]["message"] == "PersistedQueryNotFound"
        assert (await client.post({"query": QUERY, "extensions": extension()})).json == ADA
        assert (await client.post({"extensions": extension()})).json == ADA
        assert (await client.post({"query": "", "extensions": extension()})).json == ADA

    async def test_an_unknown_hash_is_400_in_the_newer_media_type(self, client: AsgiClient) -> None:
        assert (await client.post({"extensions": extension()}, headers=RESPONSE)).status == 400

    async def test_by_get(self, client: AsgiClient) -> None:
        parameters = {"extensions": json.dumps(extension())}
        assert (await client.get(parameters)).codes == ["PERSISTED_QUERY_NOT_FOUND"]
        assert (await client.get({"query": QUERY, **parameters})).json == ADA
        assert (await client.get(parameters)).json == ADA

    async def test_a_mutation_by_get_stays_refused(self, client: AsgiClient) -> None:
        text = 'mutation { rename(id: "1", name: "X") { name } }'
        await client.post({"query": text, "extensions": extension(text)})
        assert (await client.get({"extensions": json.dumps(extension(text))})).status == 405

    async def test_the_prefixed_identifier_names_the_same(self, client: AsgiClient) -> None:
        await client.post({"query": QUERY, "extensions": extension()})
        named = {"documentId": f"sha256:{hashlib.sha256(QUERY.encode()).hexdigest()}"}
        assert (await client.post(named)).json == ADA
        assert (await client.get(named)).json == ADA

    async def test_over_server_sent_events(self, client: AsgiClient) -> None:
        events = {"accept": "text/event-stream"}
        assert b"PERSISTED_QUERY_NOT_FOUND" in (await client.post({"extensions": extension()}, headers=events)).body
        await client.post({"query": QUERY, "extensions": extension()}, headers=events)
        assert b'"Ada"' in (await client.post({"extensions": extension()}, headers=events)).body

    async def test_over_a_socket(self, build_app: Callable[..., RouterApp]) -> None:
        text = "subscription { ticks(count: 1) { number } }"
        async with (
            serve(build_app()) as address,
            connect(f"ws://{address}/graphql", subprotocols=["graphql-transport-ws"]) as socket,  # type: ignore[list-item]  # a NewType of str
        ):
            await socket.send('{"type": "connection_init"}')

            async def run(payload: dict[str, Any]) -> list[Any]:
                await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
                messages: list[Any] = []
                while not messages or messages[-1]["type"] not in ("error", "complete"):
                    messages.append(json.loads(await asyncio.wait_for(socket.recv(), 5)))
                return messages

            assert json.loads(await socket.recv())["type"] == "connection_ack"
            unknown = await run({"extensions": extension(text)})
            assert unknown[-1]["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
            for query in (text, ""):
                first, _ = await run({"query": query, "extensions": extension(text)})
                assert first["payload"] == {"data": {"ticks": {"number": 0}}}


class TestWhatIsRefused:
    async def test_a_hash_that_is_not_that_of_the_text(self, client: AsgiClient) -> None:
        answer = await client.post({"query": "{ __typename }", "extensions": extension()})
        assert answer.codes == ["DOCUMENT_ID_MISMATCH"]
        assert (await client.post({"extensions": extension()})).codes == ["PERSISTED_QUERY_NOT_FOUND"]

    @pytest.mark.parametrize("text", ["{", "{ nothing }"])
    async def test_what_is_not_valid_is_not_remembered(self, client: AsgiClient, text: str) -> None:
        assert "errors" in (await client.post({"query": text, "extensions": extension(text)})).json
        assert (await client.post({"extensions": extension(text)})).codes == ["PERSISTED_QUERY_NOT_FOUND"]

    @pytest.mark.parametrize(
        "malformed", [1, "hash", {}, {"version": 2, "sha256Hash": "0"}, {"version": 1, "sha256Hash": 7}]
    )
    async def test_an_extension_of_another_form(self, client: AsgiClient, malformed: Any) -> None:
        answer = await client.post({"query": QUERY, "extensions": {"persistedQuery": malformed}})
        assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])

    async def test_other_extensions_are_passed_over(self, client: AsgiClient) -> None:
        assert (await client.post({"query": QUERY, "extensions": {"clientLibrary": {}}})).json == ADA
        assert (await client.post({"extensions": {"clientLibrary": {}}})).codes == ["BAD_REQUEST"]

    async def test_all_hashes_when_it_is_off(self, build_client: BuildClient) -> None:
        client = build_client(with_automatic(enabled=False))
        assert (await client.post({"query": QUERY, "extensions": extension()})).json == ADA
        answer = await client.post({"extensions": extension()})
        assert answer.codes == ["PERSISTED_QUERY_NOT_SUPPORTED"]
        assert answer.json["errors"][0]["message"] == "PersistedQueryNotSupported"


class TestTheBound:
    async def test_the_least_recently_used_texts_leave_first(self, build_client: BuildClient) -> None:
        texts = [f"{{ me {{ name }} }} # {number}" for number in range(3)]
        client = build_client(with_automatic(max_bytes=2 * (len(texts[0]) + len("document:") + 64)))
        for text in texts[:2]:
            await client.post({"query": text, "extensions": extension(text)})
        assert (await client.post({"extensions": extension(texts[0])})).json == ADA
        await client.post({"query": texts[2], "extensions": extension(texts[2])})
        answers = [(await client.post({"extensions": extension(text)})).json for text in texts]
        assert [answer == ADA for answer in answers] == [True, False, True]

    async def test_a_text_is_forgotten_after_its_lifetime(self, build_client: BuildClient, clock: ManualClock) -> None:
        client = build_client(with_automatic(ttl=60))
        await client.post({"query": QUERY, "extensions": extension()})
        clock.advance(61)
        assert (await client.post({"extensions": extension()})).codes == ["PERSISTED_QUERY_NOT_FOUND"]

    async def test_it_outlives_a_new_supergraph(self, build_app: Callable[..., RouterApp]) -> None:
        app = build_app()
        client = AsgiClient(app)
        await client.post({"query": QUERY, "extensions": extension()})
        await app.reload(SUPERGRAPH)
        assert (await client.post({"extensions": extension()})).json == ADA


async def test_without_the_cache_texts_are_run_all_the_same(
    build_app: Callable[..., RouterApp], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def be_away(*_arguments: Any) -> None:
        raise CacheUnavailable("The cache does not answer.")

    client = AsgiClient(build_app())
    monkeypatch.setattr(MemoryCache, "get", be_away)
    monkeypatch.setattr(MemoryCache, "set", be_away)
    assert (await client.post({"extensions": extension()})).codes == ["PERSISTED_QUERY_NOT_FOUND"]
    assert (await client.post({"query": QUERY, "extensions": extension()})).json == ADA


async def test_half_a_character_beside_a_hash_is_a_mistake_of_the_client(client: AsgiClient) -> None:
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
    for query in ("{ \ud800 }", '{ me(a: "\udefe") { id } }'):
        assert (await client.post({"query": query, "extensions": extensions})).codes == ["DOCUMENT_ID_MISMATCH"]
