"""Registered documents: found by identifier, and in the strictest mode the only ones that are run."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from entrepot.router.app import RouterApp
from entrepot.router.config import AuthorizationConfig, PersistedDocumentsConfig, RouterConfig, parse_config
from entrepot.router.errors import ConfigurationInvalid
from entrepot.router.pipeline.cache.warm_up import list_hot_documents, warm_snapshot
from entrepot.router.pipeline.persisted_documents.manifests import read_documents
from entrepot.router.pipeline.persisted_documents.registry import PersistedDocument, PersistedDocuments
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.small_graph import SmallGraph
from tests.support.tokens import bearer

BuildClient = Callable[..., AsgiClient]
PEOPLE = "query People($first: Int) {\n  people(first: $first) { name }\n}\n"
SECRETS = 'query Mine { me { name salary } }\nmutation Rename { rename(id: "1", name: "X") { name } }\n'
PEOPLE_DATA = {"data": {"people": [{"name": "Ada"}]}}
FIRST = {"variables": {"first": 1}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "people.graphql").write_text(PEOPLE)
    (tmp_path / "secrets.graphql").write_text(SECRETS)
    (tmp_path / "notes.txt").write_text("no document")
    return tmp_path


def with_documents(mode: Literal["off", "log", "safelist"], *paths: Path, **options: Any) -> RouterConfig:
    return RouterConfig(
        persisted_documents=PersistedDocumentsConfig(mode=mode, paths=tuple(map(str, paths))), **options
    )


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class TestIdentifiers:
    @pytest.mark.parametrize("mode", ["off", "log", "safelist"])
    @pytest.mark.parametrize(
        "named",
        [
            {"documentId": "shop.people"},
            {"documentId": f"sha256:{sha256(PEOPLE)}"},
            {"documentId": sha256(PEOPLE)},
            {"doc_id": "shop.people"},
            {"query": "", "documentId": "shop.people"},
            {"query": PEOPLE, "documentId": "shop.people"},
            {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(PEOPLE)}}},
        ],
    )
    async def test_every_form_in_every_mode(
        self, build_client: BuildClient, folder: Path, mode: Any, named: dict[str, Any]
    ) -> None:
        client = build_client(with_documents(mode, folder))
        assert (await client.post({**named, **FIRST})).json == PEOPLE_DATA
        parameters = {key: value if isinstance(value, str) else json.dumps(value) for key, value in named.items()}
        assert (await client.get({**parameters, "variables": '{"first": 1}'})).json == PEOPLE_DATA

    async def test_one_of_several_operations(self, build_client: BuildClient, folder: Path) -> None:
        client = build_client(with_documents("safelist", folder))
        answer = await client.post({"documentId": "secrets", "operationName": "Rename"})
        assert answer.json == {"data": {"rename": {"name": "X"}}}
        assert (await client.post({"documentId": "secrets"})).codes == ["OPERATION_RESOLUTION_FAILED"]

    @pytest.mark.parametrize("mode", ["off", "log", "safelist"])
    async def test_an_unknown_one(self, build_client: BuildClient, folder: Path, mode: Any) -> None:
        client = build_client(with_documents(mode, folder))
        for named in ({"documentId": "nothing"}, {"doc_id": "nothing"}):
            assert (await client.post(named)).codes == ["DOCUMENT_ID_UNKNOWN"]

    async def test_one_that_belongs_to_another_text(self, build_client: BuildClient, folder: Path) -> None:
        client = build_client(with_documents("off", folder))
        answer = await client.post({"query": "{ __typename }", "documentId": "shop.people"})
        assert answer.codes == ["DOCUMENT_ID_MISMATCH"]


class TestModes:
    @pytest.mark.parametrize(
        "text", [PEOPLE, PEOPLE.strip(), "# a comment\nquery People($first: Int,) { people(first: $first) { name } }"]
    )
    async def test_the_tokens_of_a_registered_text_may_be_sent(
        self, build_client: BuildClient, folder: Path, text: str
    ) -> None:
        assert (await build_client(with_documents("safelist", folder)).query(text, {"first": 1})).json == PEOPLE_DATA

    @pytest.mark.parametrize(
        "text",
        [
            "{ __typename }",
            PEOPLE.replace("name", "id"),
            PEOPLE.replace("People", "Others"),
            PEOPLE + "query Other { __typename }",
            "query Mine { me { name salary } }",
            "{ __schema { types { name } } }",
        ],
    )
    async def test_nothing_else_is_run(
        self, build_client: BuildClient, folder: Path, graph: SmallGraph, text: str
    ) -> None:
        client = build_client(with_documents("safelist", folder))
        for accept, status in (("application/json", 200), ("application/graphql-response+json", 400)):
            answer = await client.query(text, {"first": 1}, headers={"accept": accept})
            assert (answer.status, answer.codes) == (status, ["DOCUMENT_NOT_IN_SAFELIST"])
        hashed = {"query": text, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}}
        assert (await client.post(hashed)).codes == ["DOCUMENT_NOT_IN_SAFELIST"]
        del hashed["query"]
        assert (await client.post(hashed)).codes == ["DOCUMENT_ID_UNKNOWN"]
        assert graph.asked == []

    async def test_without_any_registered_document_none_is_run(self, build_client: BuildClient) -> None:
        assert (await build_client(with_documents("safelist")).query("{ __typename }")).codes == [
            "DOCUMENT_NOT_IN_SAFELIST"
        ]

    async def test_log_runs_all_and_tells_of_each_unregistered_document_once(
        self, build_client: BuildClient, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        client = build_client(with_documents("log", folder))
        for text in ("{ me { name } }", "{ me { name } }", PEOPLE):
            assert "data" in (await client.query(text, {"first": 1})).json
        logged = capsys.readouterr().out
        assert logged.count("persisted_documents.not_in_safelist") == 1
        assert sha256("{ me { name } }") in logged

    async def test_off_says_nothing(self, build_client: BuildClient, capsys: pytest.CaptureFixture[str]) -> None:
        assert "data" in (await build_client().query("{ me { name } }")).json
        assert "not_in_safelist" not in capsys.readouterr().out


class TestManifests:
    def write(self, folder: Path, content: Any) -> Path:
        path = folder / "manifest.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def test_a_folder_one_file_and_both_kinds_of_manifest(self, folder: Path, tmp_path: Path) -> None:
        operation = {"id": "a1", "name": "People", "type": "query", "body": PEOPLE}
        apollo = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]}
        manifest = self.write(tmp_path, apollo)
        paths = [str(folder / "shop"), str(folder / "secrets.graphql"), str(manifest)]
        assert list(read_documents(paths)) == [
            PersistedDocument("people", PEOPLE),
            PersistedDocument("secrets", SECRETS),
            PersistedDocument("a1", PEOPLE),
        ]
        assert list(read_documents([str(self.write(tmp_path, {"m5": PEOPLE}))])) == [PersistedDocument("m5", PEOPLE)]

    @pytest.mark.parametrize(
        "content",
        [
            "{",
            [],
            {"a": 1},
            {"format": "apollo-persisted-query-manifest", "version": 2, "operations": []},
            {"format": "another", "version": 1, "operations": []},
            {"format": "apollo-persisted-query-manifest", "version": 1},
            {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "a1"}]},
            {"a": "query {"},
            {"a": '{ me(name: "open) }'},
        ],
    )
    def test_what_cannot_be_read_stops_the_start(
        self, build_app: Callable[..., RouterApp], tmp_path: Path, content: Any
    ) -> None:
        path = self.write(tmp_path, content)
        with pytest.raises(ConfigurationInvalid):
            build_app(with_documents("off", path))

    @pytest.mark.parametrize("name", ["nothing", "nothing.graphql", "nothing.json", "notes.txt"])
    def test_so_does_a_path_of_nothing(self, folder: Path, name: str) -> None:
        with pytest.raises(ConfigurationInvalid, match=name):
            list(read_documents([str(folder / name)]))

    def test_an_identifier_of_two_texts_is_refused(self) -> None:
        documents = [PersistedDocument("a", "{ a }"), PersistedDocument("a", "{ b }")]
        with pytest.raises(ConfigurationInvalid, match="registered as a"):
            PersistedDocuments(documents)
        with pytest.raises(ConfigurationInvalid):
            PersistedDocuments([PersistedDocument(sha256("{ a }"), "{ b }"), PersistedDocument("a", "{ a }")])

    def test_paths_are_those_of_the_configuration_file(self, folder: Path) -> None:
        from entrepot.router.config import load_config

        file = folder / "router.yaml"
        file.write_text("persisted_documents: {mode: safelist, paths: [shop], apq: {enabled: false}}\n")
        documents = load_config(file, {}).persisted_documents
        assert (documents.mode, documents.paths) == ("safelist", (str(folder / "shop"),))
        assert not documents.apq.enabled
        with pytest.raises(ConfigurationInvalid, match="did you mean mode"):
            parse_config("persisted_documents: {modes: only}", {})


class TestWarming:
    async def test_nothing_is_left_to_do_for_the_first_request(
        self, build_app: Callable[..., RouterApp], folder: Path
    ) -> None:
        app = build_app(with_documents("safelist", folder))
        snapshot = app.handler.snapshot
        assert warm_snapshot(snapshot) == []
        assert len(snapshot.documents) == 2
        # People; what is left of Mine without rights; Mine with all; Rename.
        assert len(snapshot.plans) == 4
        await AsgiClient(app).post({"documentId": "shop.people", **FIRST})
        await AsgiClient(app).post({"documentId": "secrets", "operationName": "Mine"})
        assert len(snapshot.plans) == 4

    async def test_where_the_whole_operation_is_refused_there_is_one_plan_less(
        self, build_app: Callable[..., RouterApp], folder: Path
    ) -> None:
        config = with_documents("safelist", folder, authorization=AuthorizationConfig(mode="reject"))
        app = build_app(config)
        warm_snapshot(app.handler.snapshot)
        assert len(app.handler.snapshot.plans) == 3

    async def test_it_begins_with_the_application(self, build_app: Callable[..., RouterApp], folder: Path) -> None:
        app = build_app(with_documents("safelist", folder))
        events = iter(["lifespan.startup", "lifespan.shutdown"])
        plans: list[int] = []

        async def receive() -> dict[str, str]:
            return {"type": next(events)}

        async def send(message: Any) -> None:
            plans.append(len(app.handler.snapshot.plans))

        await app({"type": "lifespan"}, receive, send)
        assert plans[0] == 4

    async def test_what_cannot_be_run_is_named_and_the_rest_is_ready(
        self, build_app: Callable[..., RouterApp], folder: Path
    ) -> None:
        (folder / "old.graphql").write_text("query Old { nothing }")
        app = build_app(with_documents("safelist", folder))
        (failure,) = warm_snapshot(app.handler.snapshot)
        assert (failure.sha256, failure.error.code) == (sha256("query Old { nothing }"), "BAD_REQUEST")
        assert "nothing" in failure.error.message
        assert len(app.handler.snapshot.plans) == 4

    async def test_documents_in_use_are_planned_for_those_who_use_them(
        self, build_app: Callable[..., RouterApp], clock: ManualClock
    ) -> None:
        app = build_app()
        client = AsgiClient(app)
        await client.query("{ secret me { name } }")
        await client.query("query Me { me { name } }")
        await client.query("{ nothing }")
        hot = list_hot_documents(app.handler.snapshot, 10)
        assert [document.text for document in hot] == ["query Me { me { name } }", "{ secret me { name } }"]

        later = build_app().handler.snapshot
        assert warm_snapshot(later, hot) == []
        # For those without the right to the secret only, since nobody else has asked.
        assert len(later.plans) == len(app.handler.snapshot.plans) == 2
        await client.query("{ secret me { name } }", headers=bearer(clock))
        warm_snapshot(later, list_hot_documents(app.handler.snapshot, 1))
        assert len(later.plans) == 3
