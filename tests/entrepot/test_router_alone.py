"""`entrepot[router]` installed outside the clone: it serves a supergraph, and brings nothing of the commerce system."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.support.tree import PACKAGES, ROOT

FILES = ("pyproject.toml", "README.md", "LICENSE")
UNWANTED = {"sqlalchemy", "strawberry-graphql", "alembic", "argon2-cffi", "aiokafka", "asyncpg", "redis"}


async def run(*words: str, cwd: Path) -> str:
    process = await asyncio.create_subprocess_exec(*words, cwd=cwd, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest.mark.long
async def test_the_router_is_installed_and_served_by_itself(tmp_path: Path) -> None:
    source, venv = tmp_path / "source", tmp_path / "venv"
    source.mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    await run(sys.executable, "-m", "venv", str(venv), cwd=tmp_path)
    await run(str(venv / "bin" / "pip"), "install", "--quiet", f"{source}[router]", cwd=tmp_path)
    listed = await run(str(venv / "bin" / "pip"), "list", "--format=freeze", cwd=tmp_path)
    installed = {line.partition("==")[0].lower() for line in listed.splitlines()}
    assert installed & UNWANTED == set()

    entrepot = str(venv / "bin" / "entrepot")
    assert (await run(entrepot, "--version", cwd=tmp_path)).startswith("entrepot ")
    composed = await run(entrepot, "compose", "--config", str(ROOT / "supergraph.yaml"), cwd=tmp_path)
    assert composed.rstrip() == (ROOT / "schema" / "supergraph.graphql").read_text().rstrip()
    (tmp_path / "operation.graphql").write_text("{ __typename products(first: 1) { edges { node { name } } } }")
    planned = await run(
        entrepot,
        "plan",
        "--supergraph",
        str(ROOT / "schema" / "supergraph.graphql"),
        "operation.graphql",
        cwd=tmp_path,
    )
    assert 'Fetch(service: "catalog")' in planned
    for command in ("schema", "dev", "rebuild"):
        said = await refuse(entrepot, command, *(["orders.carts"] if command == "rebuild" else []), cwd=tmp_path)
        assert said.startswith(f"entrepot {command} needs the Python module ")
        assert said.count("\n") == 1

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("router", "--supergraph", str(ROOT / "schema" / "supergraph.graphql"), "--port", str(port))
    served = await asyncio.create_subprocess_exec(entrepot, *words, cwd=tmp_path)
    try:
        assert await ask(f"http://127.0.0.1:{port}/graphql") == {"data": {"__typename": "Query"}}
    finally:
        served.terminate()
        # uvicorn shuts down in order and then passes the signal on.
        assert await served.wait() == -signal.SIGTERM


async def refuse(*words: str, cwd: Path) -> str:
    """What a command says that ends with 1."""
    process = await asyncio.create_subprocess_exec(*words, cwd=cwd, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert process.returncode == 1
    return said.decode()


async def ask(url: str) -> object:
    """The answer to the smallest query, as soon as somebody answers."""
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.post(url, json={"query": "{ __typename }"}) as response:
                    return await response.json(content_type=None)
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
