"""docs/python-api.md: every block is run, in order, in one folder; the servers of its commands too."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from entrepot.router.app import build_router_app
from tests.support.markdown import read_blocks
from tests.support.servers import free_port, wait_for_port
from tests.support.tree import ROOT

PAGE = ROOT / "docs" / "python-api.md"


def test_every_block_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for module in ("books", "embed"):
        # Set first, so that what the page imports is forgotten afterwards.
        monkeypatch.setitem(sys.modules, module, None)
        del sys.modules[module]
    names: dict[str, Any] = {"__name__": "page"}
    printed = ""
    ports = {port: str(free_port()) for port in re.findall(r"--port (\d+)", PAGE.read_text())}
    with contextlib.ExitStack() as servers:
        for block in read_blocks(PAGE):
            text = _with_ports(block.text, ports)
            if block.language == "python":
                output = io.StringIO()
                with contextlib.redirect_stdout(output):
                    _run(text, str(block), tmp_path, names)
                printed = output.getvalue()
            elif block.language == "text":
                assert printed.strip() == block.text.strip(), str(block)
            elif block.language == "console":
                servers.enter_context(_serve(text, tmp_path))
        assert _ask(ports["4000"]) == {"data": {"books": [{"title": "The Left Hand of Darkness"}]}}


def test_the_table_has_every_parameter() -> None:
    text = PAGE.read_text()
    table = text[text.index("### Parameters of build_router_app") : text.index("### Subgraphs in the same process")]
    documented = {
        name for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    parameters = inspect.signature(build_router_app).parameters.values()
    assert documented == {each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY}


def _with_ports(text: str, ports: dict[str, str]) -> str:
    return re.sub(r"\b(\d{4})\b", lambda match: ports.get(match[0], match[0]), text)


def _run(text: str, where: str, folder: Path, names: dict[str, Any]) -> None:
    """A block whose first line names a file is that module, any other is the next part of one program."""
    first = re.match(r"# (\w+)\.py\n", text)
    if first is None:
        exec(compile(text, where, "exec"), names)  # noqa: S102 - the page's own code
        return
    (folder / f"{first[1]}.py").write_text(text)
    importlib.import_module(first[1])


@contextlib.contextmanager
def _serve(command: str, folder: Path) -> Iterator[None]:
    words = shlex.split(command)
    assert words[0] == "uvicorn"
    process = subprocess.Popen([sys.executable, "-m", *words, "--log-level", "warning"], cwd=folder)
    try:
        wait_for_port(int(words[-1]))
        yield
    finally:
        process.terminate()
        process.wait()


def _ask(port: str) -> Any:
    connection = HTTPConnection("127.0.0.1", int(port))
    body = json.dumps({"query": "{ books { title } }"})
    with contextlib.closing(connection):
        connection.request("POST", "/graphql", body, {"content-type": "application/json"})
        return json.load(connection.getresponse())


def test_the_blocks_are_found() -> None:
    languages = [block.language for block in read_blocks(PAGE)]
    assert (languages.count("python"), languages.count("console"), languages.count("text")) == (7, 2, 1)
