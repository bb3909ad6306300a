"""Malformed requests at the edges of a router that is really served: no fault of ours, no trace, no growth."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import Path

import pytest

from entrepot.router.app import build_router_app
from entrepot.router.config import CachesConfig, LimitsConfig, PersistedDocumentsConfig, RouterConfig, TimeoutsConfig
from entrepot.router.config.persisted_documents import ApqConfig
from entrepot.router.execution.transports.asgi import AsgiTransport
from tests.support.asgi_client import AsgiClient, serve
from tests.support.clock import ManualClock
from tests.support.fuzzing import Attempt, Fuzzer, build_handshake
from tests.support.small_graph import SUPERGRAPH, SmallGraph
from tests.support.tokens import build_verifier

_PATIENCE = 10.0
_SILENCE = 0.15
"""Seconds after which a connection that need not be answered is left."""
_AT_ONCE = 40
_GROWTH = 64 * 1024 * 1024
_LEAKS = re.compile(rb"Traceback|File \\?\"|/router/|INTERNAL_SERVER_ERROR|Internal Server Error")
CONFIG = RouterConfig(
    timeouts=TimeoutsConfig(request=5.0),
    caches=CachesConfig(max_documents=50, max_plans=50),
    persisted_documents=PersistedDocumentsConfig(apq=ApqConfig(max_bytes=1024 * 1024)),
    limits=LimitsConfig(max_websocket_message_bytes=64 * 1024),
)


class Edge:
    """A served router, and what its answers were."""

    def __init__(self, address: str, graph: SmallGraph) -> None:
        self.host, _, port = address.partition(":")
        self.port = int(port)
        self.graph = graph
        self.statuses: Counter[int] = Counter()
        self.closes: Counter[int] = Counter()
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def send_http(self, attempt: Attempt) -> None:
        async with self._gate:
            answer = await self._exchange([attempt.content], is_whole=attempt.is_whole)
        assert not _LEAKS.search(answer), (attempt, answer)
        status = int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0
        assert status < 500, (attempt, answer)
        # Whatever a whole request holds, it is answered.
        assert status or not attempt.is_whole, attempt
        self.statuses[status] += 1
        self.graph.requests.clear()

    async def send_frames(self, frames: list[bytes]) -> None:
        async with self._gate:
            answer = await self._exchange([build_handshake(), *frames], is_whole=False)
        assert answer.startswith(b"HTTP/1.1 101"), (frames, answer)
        assert not _LEAKS.search(answer), (frames, answer)
        # The last frame is that of the close, with its code, when there is one (RFC 6455 section 5.5.1).
        close = re.search(rb"\x88.(..)[^\x88]*\Z", answer, re.DOTALL)
        code = int.from_bytes(close[1]) if close else 0
        assert code not in (1011, 4500), (frames, answer)
        self.closes[code] += 1

    async def _exchange(self, parts: list[bytes], *, is_whole: bool) -> bytes:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        answer = bytearray()
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                if part is parts[0] and len(parts) > 1:
                    answer += await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _PATIENCE)
            while chunk := await asyncio.wait_for(reader.read(65_536), _PATIENCE if is_whole else _SILENCE):
                answer += chunk
        except (TimeoutError, ConnectionError):
            assert not is_whole, parts
        finally:
            writer.close()
        return bytes(answer)


def _read_memory() -> int:
    """The bytes that this process holds in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


async def _run(seed: int, count: int) -> Edge:
    graph, clock = SmallGraph(), ManualClock()
    app = build_router_app(
        CONFIG, SUPERGRAPH, transport=AsgiTransport(graph.apps), verifier=build_verifier(clock), clock=clock
    )
    fuzzer = Fuzzer(seed)
    async with serve(app) as address:
        edge = Edge(address, graph)
        share = max(100, count // 10)
        warm = 0
        for done in range(0, count, share):
            # Made one after the other, so that the same seed sends the same.
            attempts = [fuzzer.build_http() for _ in range(share * 4 // 5)]
            frames = [fuzzer.build_frames() for _ in range(share - len(attempts))]
            async with asyncio.TaskGroup() as group:
                for attempt in attempts:
                    group.create_task(edge.send_http(attempt))
                for item in frames:
                    group.create_task(edge.send_frames(item))
            if done == share:
                warm = _read_memory()
        assert _read_memory() - warm < _GROWTH
        assert (await AsgiClient(app).query("{ me { id } }")).json == {"data": {"me": {"id": "1"}}}
    return edge


def _check_variety(edge: Edge) -> None:
    """The attempts came past the first check: some are answered, and others refused for one reason or another."""
    assert {200, 400} <= set(edge.statuses)
    assert len(edge.statuses) >= 4
    assert 4400 in edge.closes
    assert len(edge.closes) >= 3


async def test_a_thousand_malformed_requests_do_no_harm() -> None:
    _check_variety(await _run(seed=1, count=1_000))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
async def test_a_hundred_thousand_malformed_requests_do_no_harm(seed: int) -> None:
    _check_variety(await _run(seed=seed, count=10_000))
