"""Documents by hash, by identifier and in batches, as the usual clients send them."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from entrepot.router.app import RouterApp
from entrepot.router.config import ApqConfig, BatchingConfig, PersistedDocumentsConfig, RouterConfig
from tests.support.asgi_client import serve
from tests.support.protocol_clients import Programs, need_programs
from tests.support.router_fixtures import build_app, clock, graph

__all__ = ["build_app", "clock", "graph"]

pytestmark = pytest.mark.node

BuildApp = Callable[..., RouterApp]
QUERY = "query People($first: Int) { people(first: $first) { name } }"
ONE, TWO = {"query": QUERY, "variables": {"first": 1}}, {"query": QUERY, "variables": {"first": 2}}
ADA, GRACE = {"name": "Ada"}, {"name": "Grace"}
ANSWERS = [{"people": [ADA]}, {"people": [ADA, GRACE]}, {"people": [ADA]}]
RELAY_TEXT = "query PersonQuery(\n  $first: Int\n) {\n  people(first: $first) {\n    id\n    name\n  }\n}\n"


@asynccontextmanager
async def open_programs(build_app: BuildApp, config: RouterConfig) -> AsyncIterator[Programs]:
    async with serve(build_app(config)) as address:
        yield need_programs(address)


def only(*paths: Path) -> RouterConfig:
    return RouterConfig(persisted_documents=PersistedDocumentsConfig(mode="safelist", paths=tuple(map(str, paths))))


def read_results(seen: dict[str, Any]) -> list[Any]:
    return [drop_typenames(result["data"]) for result in seen["results"]]


def drop_typenames(data: Any) -> Any:
    if data is None:
        return None
    return {"people": [{key: item for key, item in one.items() if key != "__typename"} for one in data["people"]]}


def is_without_text(sent: dict[str, Any]) -> bool:
    return not (sent["body"] or sent["query"]).get("query")


@pytest.mark.parametrize("client", ["apollo", "urql"])
@pytest.mark.parametrize("use_get", [False, True])
class TestAutomatic:
    async def test_the_text_is_sent_once(self, build_app: BuildApp, client: str, use_get: bool) -> None:  # noqa: FBT001 - a parameter of the test
        async with open_programs(build_app, RouterConfig()) as programs:
            seen = await programs.run(client, "automatic", queries=[ONE, TWO, ONE], useGet=use_get)
        assert read_results(seen) == ANSWERS
        assert [is_without_text(item) for item in seen["sent"]] == [True, False, True, True]
        # A hash that is not known is asked for again with its text.
        assert [item["method"] for item in seen["sent"]][-2:] == ["GET" if use_get else "POST"] * 2

    async def test_a_router_that_remembers_nothing_is_sent_texts(
        self,
        build_app: BuildApp,
        client: str,
        use_get: bool,  # noqa: FBT001 - as above
    ) -> None:
        config = RouterConfig(persisted_documents=PersistedDocumentsConfig(apq=ApqConfig(enabled=False)))
        async with open_programs(build_app, config) as programs:
            seen = await programs.run(client, "automatic", queries=[ONE, TWO], useGet=use_get)
        assert read_results(seen) == ANSWERS[:2]
        assert [is_without_text(item) for item in seen["sent"]] == [True, False, False]


class TestRegistered:
    async def test_apollo_by_its_manifest(self, build_app: BuildApp, tmp_path: Path) -> None:
        body = "query People($first: Int) {\n  people(first: $first) {\n    name\n    __typename\n  }\n}"
        identifier = hashlib.sha256(body.encode()).hexdigest()
        operation = {"id": identifier, "name": "People", "type": "query", "body": body}
        manifest = tmp_path / "manifest.json"
        content = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]}
        manifest.write_text(json.dumps(content))
        async with open_programs(build_app, only(manifest)) as programs:
            seen = await programs.run("apollo", "manifest", manifest=str(manifest), queries=[ONE, TWO])
            plain = await programs.run("apollo", "automatic", queries=[{"query": "{ me { name } }"}])
        assert read_results(seen) == ANSWERS[:2]
        assert all(is_without_text(item) for item in seen["sent"])
        assert plain["results"][0]["data"] is None
        assert "No document is known under this identifier" in plain["results"][0]["error"]

    async def test_relay_by_its_map(self, build_app: BuildApp, tmp_path: Path) -> None:
        identifier = hashlib.md5(RELAY_TEXT.encode(), usedforsecurity=False).hexdigest()
        persisted = tmp_path / "persisted_queries.json"
        persisted.write_text(json.dumps({identifier: RELAY_TEXT}))
        async with open_programs(build_app, only(persisted)) as programs:
            seen = await programs.run("relay", "persisted", id=identifier)
            unknown = await programs.run("relay", "persisted", id="0" * 32)
        assert seen["data"] == {"people": [{"id": "1", **ADA}, {"id": "2", **GRACE}]}
        assert unknown["data"] is None
        assert "No document is known under this identifier" in unknown["error"]

    @pytest.mark.parametrize("program", ["socket", "events"])
    async def test_subscriptions_by_their_hash(self, build_app: BuildApp, tmp_path: Path, program: str) -> None:
        text = "subscription { ticks(count: 3) { number } }"
        (tmp_path / "ticks.graphql").write_text(text)
        # Both clients ask for a text, if an empty one.
        hashed = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest()}}
        async with open_programs(build_app, only(tmp_path)) as programs:
            seen = await programs.run(program, "operations", payloads=[{"query": "", "extensions": hashed}])
        (results,) = seen["results"] if program == "socket" else seen
        assert results == [{"data": {"ticks": {"number": number}}} for number in range(3)]

    @pytest.mark.parametrize("is_hash", [True, False])
    async def test_urql_by_document_id(self, build_app: BuildApp, tmp_path: Path, is_hash: bool) -> None:  # noqa: FBT001 - a parameter of the test
        (tmp_path / "shop").mkdir()
        (tmp_path / "shop" / "people.graphql").write_text(QUERY)
        identifier = f"sha256:{hashlib.sha256(QUERY.encode()).hexdigest()}" if is_hash else "shop.people"
        async with open_programs(build_app, only(tmp_path)) as programs:
            seen = await programs.run("urql", "identified", documentId=identifier, variables={"first": 1})
            refused = await programs.run("urql", "identified", documentId="shop.others", variables={})
        assert seen["data"] == ANSWERS[0]
        assert seen["sent"][0]["body"]["documentId"] == identifier
        assert "query" not in seen["sent"][0]["body"]
        assert refused["data"] is None


async def test_apollo_client_in_batches(build_app: BuildApp) -> None:
    config = RouterConfig(batching=BatchingConfig(enabled=True))
    # Of requests that are equal, the client sends one.
    queries = [ONE, TWO, {"query": "{ nothing }"}, {**ONE, "variables": {"first": 0}}]
    async with open_programs(build_app, config) as programs:
        seen = await programs.run("apollo", "batch", queries=queries)
    answered = [result for result in seen["results"] if result["data"]]
    assert [drop_typenames(result["data"]) for result in answered] == [*ANSWERS[:2], {"people": []}]
    assert "Cannot query field 'nothing'" in seen["results"][2]["error"]
    assert [(len(item["body"]), item["status"]) for item in seen["sent"]] == [(4, 200)]
