"""The router as a process of its own, over a subgraph that the test serves."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.asgi_client import serve
from tests.support.broadcasting import BroadcastSubgraph, build_supergraph
from tests.support.tls_servers import ServerTls, serve_with_tls

_PATIENCE = 20


@dataclass
class RouterProcess:
    """A router that answers, the files it was started with, and what it logged so far."""

    process: asyncio.subprocess.Process
    port: int
    folder: Path
    session: aiohttp.ClientSession
    subgraph: BroadcastSubgraph
    subgraph_url: str
    scheme: str = "http"
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def events(self) -> list[str]:
        return [entry["event"] for entry in self.log]

    def find(self, event: str) -> dict[str, Any]:
        """The last entry of this event."""
        return next(entry for entry in reversed(self.log) if entry["event"] == event)

    async def query(self, query: str) -> Any:
        async with self.session.post(f"{self.base}/graphql", json={"query": query}) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def read_readiness(self) -> int:
        async with self.session.get(f"{self.base}/health/ready") as answer:
            return answer.status

    def write_supergraph(self, version: int) -> None:
        write_whole(self.folder / "supergraph.graphql", build_supergraph(self.subgraph_url, version))

    def write_config(self, **sections: Any) -> None:
        write_whole(self.folder / "router.yaml", json.dumps(build_config(self.port, **sections)))

    async def wait_for(self, event: str, times: int = 1) -> None:
        """Return when the log holds the event that often."""
        async with asyncio.timeout(_PATIENCE):
            while self.events.count(event) < times:
                await asyncio.sleep(0.01)


def build_config(port: int, **sections: Any) -> dict[str, Any]:
    config = {
        "supergraph": "supergraph.graphql",
        "server": {"port": port, "json_logs": True, **sections.pop("server", {})},
        "subscriptions": {"protocol": "sse"},
        "reload": {"poll_interval": 0.05, **sections.pop("reload", {})},
    }
    return {**config, **sections}


def write_whole(path: Path, text: str) -> None:
    """Put a file in the place of another one, so that nobody reads half of it."""
    part = path.with_suffix(".part")
    part.write_text(text)
    part.replace(path)


@asynccontextmanager
async def run_router_process(
    folder: Path, *, tls: ssl.SSLContext | None = None, subgraph_tls: ServerTls | None = None, **sections: Any
) -> AsyncIterator[RouterProcess]:
    """A router over a broadcasting subgraph, which is killed at the end if it still runs.

    `tls` is the client's, for a router whose `server.tls` is set; with `subgraph_tls` the subgraph is served over
    HTTPS.
    """
    subgraph = BroadcastSubgraph()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = serve(subgraph) if subgraph_tls is None else serve_with_tls(subgraph, subgraph_tls)
    connector = aiohttp.TCPConnector(ssl=tls or True)
    async with served as address, aiohttp.ClientSession(connector=connector) as session:
        url = f"{'http' if subgraph_tls is None else 'https'}://{address}/graphql"
        (folder / "supergraph.graphql").write_text(build_supergraph(url))
        (folder / "router.yaml").write_text(json.dumps(build_config(port, **sections)))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "router",
            "--config",
            str(folder / "router.yaml"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        router = RouterProcess(process, port, folder, session, subgraph, url, "https" if tls else "http")
        reading = asyncio.create_task(_read_log(process, router.log))
        try:
            await _wait_until_live(router)
            yield router
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await reading
            subgraph.release.set()


async def _read_log(process: asyncio.subprocess.Process, log: list[dict[str, Any]]) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        try:
            log.append(json.loads(line))
        except ValueError:
            log.append({"event": "", "text": line.decode()})


async def _wait_until_live(router: RouterProcess) -> None:
    async with asyncio.timeout(_PATIENCE):
        while True:
            try:
                async with router.session.get(f"{router.base}/health/live") as answer:
                    assert answer.status == 200
                    return
            except aiohttp.ClientConnectionError:
                assert router.process.returncode is None, router.log
                await asyncio.sleep(0.02)
