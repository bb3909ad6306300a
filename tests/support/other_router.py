"""Hive Gateway from npm in front of subgraphs that listen at addresses of their own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.support.node import NodeClient

START_SECONDS = 60


@asynccontextmanager
async def serve_gateway(gateway: NodeClient, supergraph: Path, folder: Path) -> AsyncIterator[str]:
    """Hive Gateway over the file, at the address that is given."""
    port = free_port()
    command = gateway.command("node_modules/.bin/hive-gateway", "supergraph", str(supergraph))
    options = ("--config-path", "gateway.config.mjs", "--host", "127.0.0.1", "--port", str(port))
    log = folder / "gateway.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, *options, cwd=gateway.folder, env=gateway.environment, stdout=output, stderr=output
        )
    try:
        await wait_until_ready(process, f"http://127.0.0.1:{port}/readiness", log)
        yield f"http://127.0.0.1:{port}/graphql"
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


async def wait_until_ready(process: asyncio.subprocess.Process, url: str, log: Path) -> None:
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    async with aiohttp.ClientSession() as session:
        while asyncio.get_running_loop().time() < deadline:
            if process.returncode is not None:
                break
            try:
                async with session.get(url) as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)
    written = await asyncio.to_thread(log.read_text)
    pytest.fail(f"the gateway was not ready within {START_SECONDS} s:\n{written}")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
