"""Gateways from npm in front of the suites, each kind in one process of its own."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.execution_suites.sources import SuiteSource
from tests.support.node import NodeClient

START_SECONDS = 60
OTHERS = {"apollo": "apollo", "hive": "gateway"}
"""The other gateways, and the folder of tests/clients that holds each."""

_GRAPH = re.compile(r'@join__graph\(name: "([^"]*)", url: "[^"]*"\)')


def place_subgraphs(source: SuiteSource, url: str) -> str:
    """The suite's supergraph with each subgraph at its name below the address."""
    return _GRAPH.sub(rf'@join__graph(name: "\1", url: "{url}/\1")', source.supergraph)


@asynccontextmanager
async def serve_others(
    gateway: NodeClient, name: str, sources: Iterable[SuiteSource], subgraphs_url: str, folder: Path
) -> AsyncIterator[dict[str, str]]:
    """Start the gateway over all suites, asking as `name`; its address by suite is given."""
    config = folder / f"{name}.json"
    supergraphs = {source.name: place_subgraphs(source, f"{subgraphs_url}/{name}/{source.name}") for source in sources}
    config.write_text(json.dumps(supergraphs))
    log = folder / f"{name}.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *gateway.command("serve_suites.mjs", str(config)),
            cwd=gateway.folder,
            env=gateway.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=1024 * 1024,
        )
    try:
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        except TimeoutError:
            line = b""
        if not line.startswith(b"{"):
            written = await asyncio.to_thread(log.read_text)
            pytest.fail(f"{name} did not start within {START_SECONDS} s:\n{line.decode()}{written}")
        yield json.loads(line)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
