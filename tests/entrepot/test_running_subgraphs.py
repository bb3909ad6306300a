"""Subgraphs that run: their SDL is fetched and composed, a change is taken over, and mistakes are explained."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from entrepot.cli import main
from tests.support.asgi_client import serve
from tests.support.running_subgraphs import BOOKS, CLASHING, PLAIN, REVIEWS, RunningSubgraph, run_command, serve_books
from tests.support.servers import free_port


def write_config(folder: Path, **subgraphs: Any) -> Path:
    path = folder / "supergraph.yaml"
    path.write_text(json.dumps({"subgraphs": subgraphs}, indent=2))
    return path


def by_url(url: str, **schema: Any) -> dict[str, Any]:
    return {"schema": {"subgraph_url": url, **schema}}


async def compose(*words: str) -> int:
    return await asyncio.to_thread(main, ["compose", *words])


async def query(port: int, text: str) -> Any:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/graphql", json={"query": text}) as answer,
    ):
        return await answer.json(content_type=None)


async def test_the_sdl_comes_from_running_subgraphs(tmp_path: Path) -> None:
    output = tmp_path / "supergraph.graphql"
    async with serve_books() as (books, _, first, second):
        config = write_config(
            tmp_path,
            books={
                "routing_url": "http://books.example/graphql",
                **by_url(first, introspection_headers={"x-key": "k"}),
            },
            ratings=by_url(second),
        )
        assert await compose("--config", str(config), "--output", str(output)) == 0
    sdl = output.read_text()
    assert '@join__graph(name: "books", url: "http://books.example/graphql")' in sdl
    assert f'@join__graph(name: "ratings", url: "{second}")' in sdl
    assert books.requests[0]["x-key"] == "k"


@pytest.mark.parametrize(
    ("app", "said"),
    [
        (None, r"cannot be reached: the connection was refused: nothing listens there\."),
        (Starlette(), r"did not answer as GraphQL \(HTTP status 404\); is the path of the URL right\?\."),
        (
            Starlette(routes=[Route("/graphql", lambda _: PlainTextResponse("hello"), methods=["POST"])]),
            r"did not answer as GraphQL; is the path of the URL right\?\.",
        ),
        (
            RunningSubgraph(PLAIN),
            r"does not offer `_service \{ sdl \}`: .*_service.*Enable federation in it, or give its SDL",
        ),
    ],
)
async def test_a_subgraph_that_gives_no_sdl(
    app: Any, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if app is None:
        url = f"http://127.0.0.1:{free_port()}/graphql"
        code = await compose("--config", str(write_config(tmp_path, books=by_url(url))))
    else:
        async with serve(app) as address:
            url = f"http://{address}/graphql"
            code = await compose("--config", str(write_config(tmp_path, books=by_url(url))))
    assert code == 1
    error = capsys.readouterr().err
    place = re.escape(f"{tmp_path / 'supergraph.yaml'}:3:5")
    assert re.search(rf"DOWNSTREAM_SERVICE_ERROR: {place}: the subgraph books at {url} {said}", error)


async def test_a_subgraph_that_does_not_answer_in_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/graphql"
        config = write_config(tmp_path, books=by_url(url))
        assert await compose("--config", str(config), "--sdl-timeout", "0.2") == 1
    assert "gave no answer within 0.2 s." in capsys.readouterr().err


async def test_every_subgraph_that_fails_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    urls = [f"http://127.0.0.1:{free_port()}/graphql" for _ in range(2)]
    config = write_config(tmp_path, a=by_url(urls[0]), b=by_url(urls[1]))
    assert await compose("--config", str(config)) == 1
    error = capsys.readouterr().err
    assert [url in error for url in urls] == [True, True]


async def test_the_loop_with_ones_own_subgraphs(tmp_path: Path) -> None:
    port = free_port()
    settings = tmp_path / "router.yaml"
    settings.write_text(f"server: {{port: {port}}}\nreload: {{poll_interval: 0.05, watch: false}}\n")
    async with serve_books() as (_, ratings, first, second):
        config = write_config(tmp_path, books=by_url(first), ratings=by_url(second))
        words = (
            "router",
            "--supergraph-config",
            str(config),
            "--watch",
            "--interval",
            "0.1",
            "--config",
            str(settings),
        )
        async with run_command(*words) as command:
            ready = await command.wait_for("router.ready")
            assert f"composed from {config}" in ready
            assert f"http://127.0.0.1:{port}/graphql" in ready
            assert await query(port, "{ books { title stars } }") == {
                "data": {"books": [{"title": "Emma", "stars": 5}]}
            }

            ratings.schema = REVIEWS
            await command.wait_for("reload.done")
            answer = await query(port, "{ books { stars review } }")
            assert answer == {"data": {"books": [{"stars": 5, "review": "Read it."}]}}

            # What does not compose is explained, and the last one stays in service.
            ratings.schema = CLASHING
            await command.wait_for("FIELD_TYPE_MISMATCH")
            assert await query(port, "{ books { title } }") == {"data": {"books": [{"title": "Emma"}]}}

            # A file of the configuration, changed by hand.
            (tmp_path / "ratings.graphql").write_text(
                'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key"])\n'
                'type Book @key(fields: "isbn") { isbn: ID! stars: Int! }\ntype Query { fromFile: Int }\n'
            )
            ratings.schema = REVIEWS
            write_config(
                tmp_path,
                books=by_url(first),
                ratings={"routing_url": second, "schema": {"file": "ratings.graphql"}},
            )
            await command.wait_for("reload.done", 2)
            assert (await query(port, '{ __type(name: "Query") { fields { name } } }'))["data"]["__type"] == {
                "fields": [{"name": "books"}, {"name": "fromFile"}]
            }
            command.process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(command.process.wait(), 20) == 128 + signal.SIGTERM
            assert "Traceback" not in command.said


async def test_subgraphs_may_start_after_the_router(tmp_path: Path) -> None:
    late, port = free_port(), free_port()
    config = write_config(tmp_path, books=by_url(f"http://127.0.0.1:{late}/graphql"))
    words = ("router", "--supergraph-config", str(config), "--watch", "--interval", "0.1", "--port", str(port))
    async with run_command(*words) as command:
        await command.wait_for("DOWNSTREAM_SERVICE_ERROR")
        async with serve(RunningSubgraph(BOOKS), port=late):
            await command.wait_for("router.ready")
            assert await query(port, "{ books { title } }") == {"data": {"books": [{"title": "Emma"}]}}
            # The failure is one line, however often it was tried.
            assert command.said.count("DOWNSTREAM_SERVICE_ERROR") == 1


async def test_composing_again_until_interrupted(tmp_path: Path) -> None:
    output = tmp_path / "supergraph.graphql"
    async with serve_books() as (_, ratings, first, second):
        config = write_config(tmp_path, books=by_url(first), ratings=by_url(second))
        words = ("compose", "--config", str(config), "--output", str(output), "--watch", "--interval", "0.1")
        async with run_command(*words) as command:
            await command.wait_for("Composed")
            assert "review" not in output.read_text()
            ratings.schema = CLASHING
            await command.wait_for("FIELD_TYPE_MISMATCH")
            ratings.schema = REVIEWS
            await command.wait_for("Composed", 2)
            assert "review" in output.read_text()
            command.process.send_signal(signal.SIGINT)
            assert await asyncio.wait_for(command.process.wait(), 20) == 0
            assert "Traceback" not in command.said


async def test_without_watch_what_does_not_compose_is_not_served(tmp_path: Path) -> None:
    async with serve_books() as (_, ratings, first, second):
        ratings.schema = CLASHING
        config = write_config(tmp_path, books=by_url(first), ratings=by_url(second))
        async with run_command("router", "--supergraph-config", str(config), "--port", "0") as command:
            assert await asyncio.wait_for(command.process.wait(), 60) == 1
        assert re.search(rf"{re.escape(second)}:\d+:\d+", command.said)
