"""Metrics on a port of their own, of a router that is a process."""

import asyncio
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

import aiohttp

from tests.support.small_graph import SUPERGRAPH


async def read_when_there(session: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    async with asyncio.timeout(30):
        while True:
            try:
                async with session.get(url) as answer:
                    return answer.status, await answer.text()
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)


async def start_router(folder: Path, port: int, metrics: str) -> asyncio.subprocess.Process:
    """A router that is told where to serve GraphQL, and this of its metrics."""
    (folder / "supergraph.graphql").write_text(SUPERGRAPH)
    config = folder / "router.yaml"
    config.write_text(
        f"supergraph: supergraph.graphql\nserver: {{port: {port}}}\n"
        f"observability: {{metrics: {{enabled: true, {metrics}}}}}\n"
    )
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router", "--config", str(config), stderr=asyncio.subprocess.PIPE
    )


async def test_they_are_there_and_not_on_the_port_of_graphql(tmp_path: Path) -> None:
    with ExitStack() as opened:
        listeners = [opened.enter_context(socket.socket()) for _ in range(2)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        port, metrics_port = (listener.getsockname()[1] for listener in listeners)
    process = await start_router(tmp_path, port, f"port: {metrics_port}, path: /numbers")
    try:
        async with aiohttp.ClientSession() as session:
            assert (await read_when_there(session, f"http://127.0.0.1:{port}/health/live"))[0] == 200
            await session.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ nothing }"})
            status, text = await read_when_there(session, f"http://127.0.0.1:{metrics_port}/numbers")
            assert status == 200
            assert 'entrepot_router_errors_total{code="GRAPHQL_VALIDATION_FAILED"} 1.0' in text
            assert (await read_when_there(session, f"http://127.0.0.1:{metrics_port}/metrics"))[0] == 404
            assert (await read_when_there(session, f"http://127.0.0.1:{port}/numbers"))[0] == 404
        process.terminate()
        _, complaints = await asyncio.wait_for(process.communicate(), 20)
        assert b"Traceback" not in complaints
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_port_that_is_taken_is_told_at_the_start(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = await start_router(tmp_path, 0, f"port: {port}")
        _, complaints = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1
    assert complaints.decode() == (
        f"ADDRESS_IN_USE: Port {port} of 127.0.0.1 is taken: end what listens there, or set "
        "observability.metrics.port to another one, or to null for the port of GraphQL.\n"
    )
    assert b"Traceback" not in complaints
