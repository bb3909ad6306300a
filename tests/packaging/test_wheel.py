"""The wheel with the `router` extra, in an empty folder outside the clone, over subgraphs that others wrote."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.support.package_index import read_pins
from tests.support.servers import free_port, wait_for_port
from tests.support.tree import ROOT

SUBGRAPHS = ("users", "products", "reviews", "stock")
UNWANTED = {"sqlalchemy", "strawberry-graphql", "alembic", "argon2-cffi", "aiokafka", "asyncpg", "redis", "ariadne"}
QUERY = "{ products { title label madeBy { name reviews { text } } reviews { author { name } } } }"
KETTLE = {
    "title": "Kettle",
    "label": "Kettle x 3",
    "madeBy": {"name": "Ada", "reviews": [{"text": "My own."}, {"text": "Bright."}]},
    "reviews": [{"author": {"name": "Grace"}}, {"author": {"name": "Ada"}}],
}


def run(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run([*map(str, words)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build_wheel(folder: Path) -> Path:
    """The wheel of what git has or would take, built from a copy in which nothing was built before."""
    source = folder / "source"
    unwanted = shutil.ignore_patterns(
        ".git", ".venv", "node_modules", "dist", "build", "data", "*.egg-info", ".*_cache"
    )
    shutil.copytree(ROOT, source, symlinks=True, ignore=unwanted)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--skip-dependency-check", cwd=source)
    (wheel,) = (source / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a virtual environment that holds the wheel and its `router` extra, in the locked versions."""
    folder = tmp_path_factory.mktemp("installed")
    pins = read_pins((ROOT / "requirements.lock").read_text())
    (folder / "constraints.txt").write_text("".join(f"{pin.text}\n" for pin in pins))
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    programs = folder / "venv" / "bin"
    run(programs / "pip", "install", "--quiet", "-c", folder / "constraints.txt", f"{wheel}[router]", cwd=folder)
    return programs


@contextmanager
def serve_subgraphs() -> Iterator[dict[str, str]]:
    """The four subgraphs of others, each in a process; their URLs by name."""
    ports = {name: free_port() for name in SUBGRAPHS}
    command = [sys.executable, "-m", "uvicorn", "--log-level", "error", "--port"]
    processes = [
        subprocess.Popen([*command, str(port), f"tests.support.foreign_subgraphs.{name}:app"], cwd=ROOT)
        for name, port in ports.items()
    ]
    try:
        for port in ports.values():
            wait_for_port(port)
        yield {name: f"http://127.0.0.1:{port}/" for name, port in ports.items()}
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def ask(url: str, query: str) -> Any:
    headers = {"content-type": "application/json"}
    with urlopen(Request(url, json.dumps({"query": query}).encode(), headers), timeout=20) as answer:  # noqa: S310
        return json.load(answer)


def test_one_import_name_with_types_and_the_explorer(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"entrepot"}
    assert "entrepot/py.typed" in names
    assert "entrepot/router/explorer/dist/index.html" in names
    parts = r"/(explorer/src|node_modules|tests)/"
    written = "entrepot/scaffolding/templates/"
    assert [name for name in names if re.search(parts, name) and not name.startswith(written)] == []
    own = [path for path in ROOT.glob("router/**/*.py") if "node_modules" not in path.parts]
    assert {f"entrepot/{path.relative_to(ROOT)}" for path in own} <= set(names)
    histories = [*ROOT.glob("shared/db/history/**/*.py"), *ROOT.glob("subgraphs/*/migrations/versions/*.py")]
    assert {f"entrepot/{path.relative_to(ROOT)}" for path in histories} <= set(names)


def test_nothing_of_the_commerce_system_is_installed(installed: Path) -> None:
    listed = run(installed / "pip", "list", "--format=freeze", cwd=installed)
    assert {line.partition("==")[0].lower() for line in listed.splitlines()} & UNWANTED == set()


def test_names_of_the_users_own_do_not_collide(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "__init__.py").touch()
    for name in ("router.py", "subgraphs.py"):
        (tmp_path / name).write_text("raise RuntimeError('the wrong module')\n")
    code = "import entrepot.router.app, entrepot.router.composition, entrepot.shared.auth; print('imported')"
    assert run(installed / "python", "-c", code, cwd=tmp_path).strip() == "imported"


def test_compose_plan_and_serve_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    entrepot = installed / "entrepot"
    with serve_subgraphs() as urls:
        lines = ["subgraphs:"]
        for name, url in urls.items():
            sdl = ask(url, "{ _service { sdl } }")["data"]["_service"]["sdl"]
            (tmp_path / f"{name}.graphql").write_text(sdl)
            lines += [f"  {name}:", f"    routing_url: {url}", f"    schema: {{file: {name}.graphql}}"]
        (tmp_path / "supergraph.yaml").write_text("\n".join(lines))
        (tmp_path / "query.graphql").write_text(QUERY)

        run(entrepot, "compose", "--config", "supergraph.yaml", "--output", "supergraph.graphql", cwd=tmp_path)
        plan = run(entrepot, "plan", "--supergraph", "supergraph.graphql", "query.graphql", cwd=tmp_path)
        assert all(name in plan for name in SUBGRAPHS)

        port = free_port()
        command = [entrepot, "router", "--supergraph", "supergraph.graphql", "--port", str(port)]
        served = subprocess.Popen([*map(str, command)], cwd=tmp_path)
        try:
            wait_for_port(port)
            answer = ask(f"http://127.0.0.1:{port}/graphql", QUERY)
            assert "errors" not in answer
            assert answer["data"]["products"][0] == KETTLE
            page = Request(f"http://127.0.0.1:{port}/graphql", headers={"accept": "text/html"})
            with urlopen(page, timeout=20) as explorer:  # noqa: S310
                html = explorer.read().decode()
            assert "GraphiQL" in html
            for asset in re.findall(r'(?:src|href)="([^"]+\.(?:js|css))"', html):
                with urlopen(f"http://127.0.0.1:{port}{asset}", timeout=20) as file:
                    assert file.status == 200
        finally:
            served.send_signal(signal.SIGTERM)
            served.wait(timeout=30)


def test_a_command_whose_extra_is_missing_says_so(installed: Path, tmp_path: Path) -> None:
    command = [str(installed / "entrepot"), "schema", "--check"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "commerce" in done.stderr
