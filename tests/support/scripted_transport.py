"""A transport to subgraphs that replies as a test scripts it, and records the requests."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any, Final

from entrepot.router.config import SubgraphTrafficConfig, TrafficConfig
from entrepot.router.execution import SubgraphRequest, SubgraphResponse
from entrepot.router.execution.transports.subgraph_client import describe_failure
from entrepot.router.traffic import CircuitChange, TrafficTransport
from entrepot.shared.randomness import SeededRandomness
from tests.support.clock import ManualClock

Reply = SubgraphResponse | Exception
Content = Reply | Mapping[str, Any]
"""A reply, or the JSON content of one with status 200."""
Respond = Callable[[SubgraphRequest], Content | Awaitable[Content]]
END: Final = object()
"""Ends a subscription that a test feeds."""
UNREACHABLE = describe_failure("shop", "could not be reached")


def answer(status: int = 200, body: bytes = b'{"data":{}}', **headers: str) -> SubgraphResponse:
    return SubgraphResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def ask(body: bytes = b"{a}", *, subgraph: str = "shop", **options: Any) -> SubgraphRequest:
    return SubgraphRequest(subgraph, f"http://{subgraph}.test", body, **options)


class ScriptedTransport:
    """The one fake of the router's transport to subgraphs; `tests/support/README.md` says when to use it.

    - `ScriptedTransport(reply, reply)`: each reply once, the last one repeated.
    - `respond=function`: the reply is computed from the request; the function may be a coroutine function.
    - `events=[...]`, or a function of the request: what every subscription receives, an exception where it breaks.
      Without it a subscription receives one event, the body of a reply.
    - `is_fed=True`: a subscription receives what the test passes to `feed`, until `END`.

    `name_of` names a request (by default its subgraph) for `names`, `held`, `arrived` and `cancelled`: a request
    whose name is in `held` waits for that event. While `gate` is clear, every request waits.
    """

    def __init__(
        self,
        *replies: Content,
        respond: Respond | None = None,
        events: Iterable[bytes | Exception] | Callable[[SubgraphRequest], Iterable[bytes | Exception]] | None = None,
        is_fed: bool = False,
        name_of: Callable[[SubgraphRequest], str] = attrgetter("subgraph"),
    ) -> None:
        self.replies: list[Content] = list(replies) or [answer()]
        self.requests: list[SubgraphRequest] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.held: dict[str, asyncio.Event] = {}
        self.arrived: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.cancelled: list[str] = []
        self.openings: list[tuple[SubgraphRequest, asyncio.Queue[Any]]] = []
        """The subscriptions that were opened, each with the events that are still to be received."""
        self.received = 0
        """The number of events that subscriptions received."""
        self.closed = 0
        """The number of subscriptions that ended or were left."""
        self._respond = respond
        self._events = events
        self._is_fed = is_fed
        self._name_of = name_of

    @property
    def names(self) -> list[str]:
        """The names of the requests, in the order of their arrival."""
        return [self._name_of(request) for request in self.requests]

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        name = self._name_of(request)
        self.requests.append(request)
        self.arrived[name].set()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.gate.wait()
            if name in self.held:
                await self.held[name].wait()
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise
        finally:
            self.in_flight -= 1
        return await self._reply(request)

    async def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self.openings.append((request, queue))
        if not self._is_fed:
            for event in (*await self._list_events(request), END):
                queue.put_nowait(event)
        try:
            while (event := await queue.get()) is not END:
                if isinstance(event, Exception):
                    raise event
                self.received += 1
                yield event
        finally:
            self.closed += 1

    def feed(self, *events: bytes | Exception | object, opening: int = -1) -> None:
        """Give events, an exception or `END` to a subscription, by default to the one that was opened last."""
        for event in events:
            self.openings[opening][1].put_nowait(event)

    async def _list_events(self, request: SubgraphRequest) -> Iterable[bytes | Exception]:
        if self._events is None:
            return [(await self._reply(request)).body]
        return self._events(request) if callable(self._events) else self._events

    async def _reply(self, request: SubgraphRequest) -> SubgraphResponse:
        if self._respond is None:
            reply: Any = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        else:
            reply = self._respond(request)
            if isinstance(reply, Awaitable):
                reply = await reply
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, SubgraphResponse):
            return reply
        return answer(200, json.dumps(reply).encode(), content_type="application/json")


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
