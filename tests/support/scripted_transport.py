"""A way to subgraphs that answers as a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from entrepot.router.config import SubgraphTrafficConfig, TrafficConfig
from entrepot.router.execution import SubgraphRequest, SubgraphResponse
from entrepot.router.execution.transports.subgraph_client import describe_failure
from entrepot.router.traffic import CircuitChange, TrafficTransport
from entrepot.shared.randomness import SeededRandomness
from tests.support.clock import ManualClock

Reply = SubgraphResponse | Exception
UNREACHABLE = describe_failure("shop", "could not be reached")


def answer(status: int = 200, body: bytes = b'{"data":{}}', **headers: str) -> SubgraphResponse:
    return SubgraphResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def ask(body: bytes = b"{a}", *, subgraph: str = "shop", **options: Any) -> SubgraphRequest:
    return SubgraphRequest(subgraph, f"http://{subgraph}.test", body, **options)


class ScriptedTransport:
    """Gives `replies` one after another, the last one for ever; while `gate` is clear, everybody waits."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies) or [answer()]
        self.requests: list[SubgraphRequest] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        self.requests.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.gate.wait()
        finally:
            self.in_flight -= 1
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        self.requests.append(request)
        yield b"event"


class Traffic:
    """A TrafficTransport over a scripted one, with a clock that stands still."""

    def __init__(
        self,
        *replies: Reply,
        timeout: float = 30,
        subgraphs: Mapping[str, SubgraphTrafficConfig] | None = None,
        **everywhere: Any,
    ) -> None:
        self.inner = ScriptedTransport(*replies)
        self.clock = ManualClock()
        self.changes: list[CircuitChange] = []
        self.transport = TrafficTransport(
            self.inner,
            TrafficConfig(all=SubgraphTrafficConfig(**everywhere), subgraphs=subgraphs or {}),
            default_timeout=timeout,
            clock=self.clock,
            randomness=SeededRandomness(1),
            on_circuit_change=self.changes.append,
        )

    def start(self, request: SubgraphRequest | None = None) -> asyncio.Task[SubgraphResponse]:
        return asyncio.ensure_future(self.transport.send(request or ask()))

    async def send(self, request: SubgraphRequest | None = None) -> Reply:
        """The reply, whatever it is; pauses between attempts pass at once."""
        task = self.start(request)
        while not task.done():
            await settle()
            self.clock.advance(60)
        error = task.exception()
        assert error is None or isinstance(error, Exception)
        return error or task.result()


async def settle() -> None:
    """Let everybody run who can."""
    for _ in range(20):
        await asyncio.sleep(0)
