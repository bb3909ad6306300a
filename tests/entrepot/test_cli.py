"""The command line: exit status and messages of every command, and `entrepot dev` as a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from entrepot.cli import COMMANDS, main
from tests.support.mesh import CHEAP
from tests.support.tree import ROOT

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@shareable"])\n'
BOOKS = LINK + 'type Query { books: [Book!]! }\ntype Book @key(fields: "isbn") { isbn: ID! title: String! }\n'
REVIEWS = LINK + 'type Book @key(fields: "isbn") { isbn: ID! stars: Int! }\n'
CLASHING = LINK + 'type Book @key(fields: "isbn") {\n  isbn: ID!\n  title: Int!\n}\n'
OPERATION = "query Starred { books { title stars } }"


def write_graph(folder: Path, second: str = REVIEWS) -> Path:
    """A supergraph.yaml of two subgraphs beside their files."""
    for name, sdl in (("books", BOOKS), ("reviews", second)):
        (folder / f"{name}.graphql").write_text(sdl)
    listed = {
        name: {"routing_url": f"http://{name}.example/graphql", "schema": {"file": f"{name}.graphql"}}
        for name in ("books", "reviews")
    }
    config = folder / "supergraph.yaml"
    config.write_text(json.dumps({"federation_version": "2", "subgraphs": listed}))
    return config


@pytest.fixture
def supergraph(tmp_path: Path) -> Path:
    output = tmp_path / "supergraph.graphql"
    assert main(["compose", "--config", str(write_graph(tmp_path)), "--output", str(output)]) == 0
    return output


@pytest.fixture
def operation(tmp_path: Path) -> Path:
    path = tmp_path / "operation.graphql"
    path.write_text(OPERATION)
    return path


class TestCompose:
    def test_prints_the_supergraph(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["compose", "--config", str(write_graph(tmp_path))]) == 0
        assert '@join__graph(name: "reviews", url: "http://reviews.example/graphql")' in capsys.readouterr().out

    def test_writes_it_to_a_file(self, supergraph: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert supergraph.read_text().startswith("schema")
        assert capsys.readouterr().out == ""

    def test_an_error_is_coded_and_located(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        output = tmp_path / "supergraph.graphql"
        config = write_graph(tmp_path, CLASHING)
        assert main(["compose", "--config", str(config), "--output", str(output)]) == 1
        said = capsys.readouterr().err
        assert re.search(rf"^{tmp_path}/books\.graphql:\d+:\d+ FIELD_TYPE_MISMATCH .*Book\.title", said, re.MULTILINE)
        assert f"  and {tmp_path}/reviews.graphql:4:3\n      title: Int!\n      ^\n" in said
        assert not output.exists()

    def test_a_contract_hides_by_tags(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        tagged = REVIEWS.replace('"@shareable"]', '"@tag"]').replace("Int!", 'Int! @tag(name: "internal")')
        config = str(write_graph(tmp_path, tagged))
        assert main(["compose", "--config", config, "--exclude-tag", "internal"]) == 0
        assert re.search(r"stars: Int! .*@inaccessible", capsys.readouterr().out)
        assert main(["compose", "--config", config, "--include-tag", "intern"]) == 1
        assert "CONTRACT_TAG_UNKNOWN" in capsys.readouterr().err

    def test_errors_for_programs(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["compose", "--config", str(write_graph(tmp_path, CLASHING)), "--format", "json"]) == 1
        report = json.loads(capsys.readouterr().err)
        assert report["ok"] is False
        error = next(error for error in report["errors"] if error["code"] == "FIELD_TYPE_MISMATCH")
        file = str(tmp_path / "reviews.graphql")
        assert {"subgraph": "reviews", "file": file, "line": 4, "column": 3} in error["locations"]

    def test_a_missing_configuration_is_named(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        missing = tmp_path / "none.yaml"
        assert main(["compose", "--config", str(missing)]) == 1
        assert str(missing) in capsys.readouterr().err


class TestPlan:
    def plan(self, supergraph: Path, operation: Path, form: str) -> int:
        return main(["plan", "--supergraph", str(supergraph), str(operation), "--format", form])

    def test_as_text(self, supergraph: Path, operation: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.plan(supergraph, operation, "text") == 0
        said = capsys.readouterr().out
        assert said.startswith("QueryPlan {")
        assert re.findall(r'Fetch\(service: "(\w+)"\)', said) == ["books", "reviews"]

    def test_as_json(self, supergraph: Path, operation: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.plan(supergraph, operation, "json") == 0
        said = capsys.readouterr().out
        assert json.loads(said)["kind"] == "query"
        assert re.findall(r'"subgraph": "(\w+)"', said) == ["books", "reviews"]

    def test_as_a_diagram(self, supergraph: Path, operation: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.plan(supergraph, operation, "mermaid") == 0
        said = capsys.readouterr().out
        assert said.startswith(("flowchart", "graph"))
        assert "books" in said
        assert "reviews" in said

    def test_an_operation_that_is_not_of_the_graph(
        self, supergraph: Path, operation: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        operation.write_text("{ books { colour } }")
        assert self.plan(supergraph, operation, "text") == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "colour" in captured.err

    def test_a_missing_file_is_named(self, supergraph: Path, capsys: pytest.CaptureFixture[str]) -> None:
        missing = supergraph.with_name("none.graphql")
        assert self.plan(supergraph, missing, "text") == 1
        assert capsys.readouterr().err == f"entrepot plan: {missing}: No such file or directory\n"


class TestSchema:
    def test_what_is_published_is_not_stale(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["schema", "--check", "--folder", str(ROOT / "schema")]) == 0, capsys.readouterr().out

    def test_a_check_writes_nothing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["schema", "--check", "--folder", str(tmp_path)]) == 1
        assert f"stale: {tmp_path / 'subgraphs' / 'orders.graphql'}" in capsys.readouterr().out
        assert list(tmp_path.iterdir()) == []

    def test_what_was_written_passes_the_check(self, tmp_path: Path) -> None:
        assert main(["schema", "--folder", str(tmp_path)]) == 0
        assert main(["schema", "--check", "--folder", str(tmp_path)]) == 0


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["sail"], "invalid choice: 'sail'"),
            (["rotuer"], "invalid choice: 'rotuer', did you mean router?"),
            (["--hlep"], "unknown option --hlep, did you mean --help?"),
            (["dev", "--prot", "1"], "unknown option --prot, did you mean --port?"),
            (["plan", "--format", "jsn", "--supergraph", "a", "b"], "'jsn', did you mean json?"),
            (["compose", "--interval", "0"], "'0' is no duration"),
            (["dev", "--colour"], "unknown option --colour"),
            (["dev", "more"], "unrecognized arguments: more"),
            (["dev", "--port", "70000"], "'70000' is no port"),
            (["router", "--port", "-1"], "'-1' is no port"),
            (["dev", "--log-level", "loud"], "invalid choice: 'LOUD'"),
            (["plan", "operation.graphql"], "the following arguments are required: --supergraph"),
        ],
    )
    def test_words_that_mean_nothing(self, words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as refusal:
            main(words)
        assert refusal.value.code == 2
        assert said in capsys.readouterr().err

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_help(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as end:
            main([command, "--help"])
        assert end.value.code == 0
        assert f"usage: entrepot {command}" in capsys.readouterr().out

    def test_a_router_without_a_supergraph(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["router"]) == 1
        assert "CONFIGURATION_INVALID" in capsys.readouterr().err

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "shop.example"])  # noqa: S104 - must be refused
    def test_demo_logins_on_a_public_address(
        self, host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["dev", "--host", host, "--port", "0", "--data", str(tmp_path / "data")]) == 1
        assert "loopback only" in capsys.readouterr().err
        assert not (tmp_path / "data").exists()

    def test_a_port_that_is_taken(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            end = run_dev("--port", str(port), "--data", str(tmp_path / "data"))
        assert end.returncode == 1
        assert end.stderr == (
            f"entrepot dev: ADDRESS_IN_USE: Port {port} of 127.0.0.1 is taken: "
            "end what listens there, or choose another port with --port.\n"
        )
        assert not (tmp_path / "data").exists()

    def test_a_folder_that_cannot_be(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        end = run_dev("--port", "0", "--data", str(tmp_path / "file" / "data"))
        assert end.returncode == 1
        assert "Name another folder with --data." in end.stderr
        assert "Traceback" not in end.stderr


class TestDev:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_answers_and_ends_when_told(self, number: signal.Signals, tmp_path: Path) -> None:
        with open_dev("--data", str(tmp_path)) as (process, url, greeting):
            assert "ada@example.com" in greeting
            assert ask(url, '{ productBySlug(slug: "dockside-press") { name } }') == {
                "data": {"productBySlug": {"name": "Dockside French Press"}}
            }
            storefront = url.replace("/graphql", "/storefront/graphql")
            assert f"at {storefront}." in greeting
            assert ask(storefront, '{ productBySlug(slug: "dockside-press") { name } }')["data"]
            process.send_signal(number)
            # As `make` and containers do: the same signal comes twice.
            process.send_signal(number)
            said, complaints = process.communicate(timeout=20)
        assert (process.returncode, complaints) == (0, "")
        assert said.splitlines()[-2:] == ["Closing the shop ...", "Closed."]

    def test_its_data_is_there_again_and_belongs_to_one_process(self, tmp_path: Path) -> None:
        register = """mutation { register(input: { email: "kay@example.com", password: "a-long-password-1",
          name: "Kay", idempotencyKey: "kay" }) { user { name } errors { __typename } } }"""
        login = """mutation { login(input: { email: "kay@example.com", password: "a-long-password-1" }) {
          user { name } } }"""
        with open_dev("--data", str(tmp_path), "--no-seed") as (_, url, greeting):
            assert "Demo logins" not in greeting
            assert ask(url, register)["data"]["register"]["errors"] == []
            second = run_dev("--port", "0", "--data", str(tmp_path))
            assert second.returncode == 1
            assert "DATA_FOLDER_IN_USE" in second.stderr
        with open_dev("--data", str(tmp_path), "--no-seed") as (_, url, _):
            assert ask(url, login)["data"]["login"] == {"user": {"name": "Kay"}}
            assert ask(url, "{ products { edges { node { name } } } }") == {"data": {"products": {"edges": []}}}


def command_of_dev(*options: str) -> list[str]:
    return [sys.executable, "-m", "entrepot.cli", "dev", *options]


def run_dev(*options: str) -> subprocess.CompletedProcess[str]:
    """One that is expected to end by itself."""
    return subprocess.run(
        command_of_dev(*options),
        cwd=ROOT,
        env={**os.environ, **CHEAP},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def open_dev(*options: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A process on a free port, its address and its greeting; it is ended at the latest here."""
    process = subprocess.Popen(
        command_of_dev("--port", "0", *options),
        cwd=ROOT,
        env={**os.environ, **CHEAP},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, *read_greeting(process)
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def read_greeting(process: subprocess.Popen[str]) -> tuple[str, str]:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Ctrl+C"):
            break
    greeting = "".join(lines)
    address = re.search(r"open at (http://127\.0\.0\.1:\d+/graphql)", greeting)
    assert address is not None, greeting + process.communicate()[1]
    return address.group(1), greeting


def ask(url: str, document: str) -> dict[str, dict[str, dict[str, object]]]:
    body = json.dumps({"query": document}).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})  # noqa: S310 - our own http address
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - our own http address
        answer: dict[str, dict[str, dict[str, object]]] = json.load(response)
    return answer
