"""One stream from a subgraph for all who ask it the same on behalf of the same caller, opened again when it breaks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Generator, Hashable
from contextlib import aclosing
from dataclasses import dataclass, replace
from types import coroutine

from entrepot.router.config import SharedStreamsConfig
from entrepot.router.errors import RouterError, SubgraphUnavailable, SubscriberTooSlow
from entrepot.router.execution import SubgraphRequest, SubgraphTransport
from entrepot.router.execution.transports.subgraph_client import describe_failure
from entrepot.router.traffic.resilience.deduplication import build_sharing_key
from entrepot.shared.clock import Clock
from entrepot.shared.randomness import Randomness


class SharedStreams:
    """Another transport, whose streams are shared; requests go through untouched."""

    def __init__(
        self, transport: SubgraphTransport, config: SharedStreamsConfig, clock: Clock, randomness: Randomness
    ) -> None:
        # Without a step in between: this is the way of every fetch.
        self.send = transport.send
        self._upstream = _Upstream(transport, config, clock, randomness)
        self._config = config
        self._sources: dict[Hashable, _Source] = {}

    async def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        """The events from now on.

        Raises SubgraphUnavailable when the stream cannot be opened, or breaks and cannot be opened again, and
        SubscriberTooSlow when the events are not taken as fast as others take them.
        """
        key = build_sharing_key(request)
        source = self._sources.get(key)
        if source is None or not source.may_be_joined:
            source = _Source(self._config, is_live=request.subgraph in self._config.live)
            source.task = asyncio.create_task(self._upstream.feed(source, request))
            self._sources[key] = source
        subscriber = source.join()
        try:
            async with aclosing(subscriber.read()) as events:
                async for event in events:
                    yield event
        finally:
            source.leave(subscriber)
            if source.is_deserted:
                if self._sources.get(key) is source:
                    del self._sources[key]
                source.task.cancel()
                await asyncio.gather(source.task, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Upstream:
    """Reads a stream to its end, and opens it again where nothing is lost or heard twice by that."""

    transport: SubgraphTransport
    config: SharedStreamsConfig
    clock: Clock
    randomness: Randomness

    async def feed(self, source: _Source, request: SubgraphRequest) -> None:
        failures = 0
        failure: SubgraphUnavailable | None = None
        while True:
            try:
                async with aclosing(self.transport.stream(request)) as events:
                    async for event in events:
                        failures = 0
                        await source.give(event)
            except SubgraphUnavailable as raised:
                failure = raised
            except Exception as cause:  # noqa: BLE001 - whatever a transport does, all clients are told of the end
                failure = describe_failure(request.subgraph, "broke off the subscription", is_passing=False)
                failure.__cause__ = cause
            else:
                source.end(None)
                return
            failures += 1
            if failures > self.config.attempts or not failure.is_passing or not source.may_be_reopened:
                break
            await self.clock.sleep(self._pause(failures))
            if request.renew_headers is not None:
                # The caller's identity was signed for a moment that has passed.
                request = replace(request, headers=request.renew_headers())
        tried = failures - 1
        if tried:
            what = f"did not keep up the subscription: {tried} attempts to open it again failed"
            failure = describe_failure(request.subgraph, what, attempts=tried)
        source.end(failure)

    def _pause(self, failures: int) -> float:
        nominal = min(self.config.longest_pause, self.config.pause * 2.0 ** min(failures - 1, 30))
        return self.randomness.uniform(nominal / 2, nominal)


class _Source:
    """A stream under way, and all who take its events."""

    task: asyncio.Task[None]

    def __init__(self, config: SharedStreamsConfig, *, is_live: bool) -> None:
        self._config = config
        self._is_live = is_live
        self._has_begun = False
        self._has_ended = False
        self._subscribers: set[_Subscriber] = set()
        self._moved = asyncio.Event()

    @property
    def may_be_joined(self) -> bool:
        return not self._has_ended and (self._is_live or not self._has_begun)

    @property
    def may_be_reopened(self) -> bool:
        return self._is_live or not self._has_begun

    @property
    def is_deserted(self) -> bool:
        return not self._subscribers

    def join(self) -> _Subscriber:
        subscriber = _Subscriber(self._moved)
        self._subscribers.add(subscriber)
        self._moved.set()
        return subscriber

    def leave(self, subscriber: _Subscriber) -> None:
        self._subscribers.discard(subscriber)
        self._moved.set()

    async def give(self, event: bytes) -> None:
        """Hand the event to everyone. Who is alone may take all the time it wants; of several, the slow are closed."""
        self._has_begun = True
        while len(self._subscribers) == 1 and self._is_full(*self._subscribers):
            self._moved.clear()
            await self._moved.wait()
        for subscriber in tuple(self._subscribers):
            if self._is_full(subscriber):
                self._subscribers.discard(subscriber)
                waiting = len(subscriber.events)
                subscriber.end(SubscriberTooSlow(f"You did not take events as they came; {waiting} were waiting."))
            else:
                subscriber.give(event)
        # A burst that is there already must not fill the queues before anyone has had a turn to take from them.
        await _give_way()

    def end(self, failure: RouterError | None) -> None:
        self._has_ended = True
        for subscriber in self._subscribers:
            subscriber.end(failure)

    def _is_full(self, subscriber: _Subscriber) -> bool:
        events, size = len(subscriber.events), subscriber.waiting_bytes
        return events >= self._config.waiting_events or size >= self._config.waiting_bytes


class _Subscriber:
    """The events that wait for one client."""

    def __init__(self, moved: asyncio.Event) -> None:
        self.events: deque[bytes] = deque()
        self.waiting_bytes = 0
        self._moved = moved
        self._arrived = asyncio.Event()
        self._has_ended = False
        self._failure: RouterError | None = None

    def give(self, event: bytes) -> None:
        self.events.append(event)
        self.waiting_bytes += len(event)
        self._arrived.set()

    def end(self, failure: RouterError | None) -> None:
        self._has_ended = True
        self._failure = failure
        self._arrived.set()

    async def read(self) -> AsyncGenerator[bytes, None]:
        while True:
            while self.events:
                event = self.events.popleft()
                self.waiting_bytes -= len(event)
                self._moved.set()
                yield event
            if self._failure is not None:
                raise self._failure
            if self._has_ended:
                return
            self._arrived.clear()
            await self._arrived.wait()


@coroutine
def _give_way() -> Generator[None]:
    yield
