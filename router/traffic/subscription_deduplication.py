"""Subscription deduplication: one upstream stream per operation and identity, reopened when it breaks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Generator, Hashable
from contextlib import aclosing
from dataclasses import dataclass, replace
from types import coroutine

from entrepot.router.config import SubscriptionDeduplicationConfig
from entrepot.router.errors import RouterError, SubgraphUnavailable, SubscriberTooSlow
from entrepot.router.execution import SubgraphRequest, SubgraphTransport
from entrepot.router.execution.transports.subgraph_client import describe_failure
from entrepot.router.traffic.resilience.deduplication import build_deduplication_key
from entrepot.shared.clock import Clock
from entrepot.shared.randomness import Randomness


class SubscriptionDeduplication:
    """A transport whose streams are shared between subscribers; requests pass through."""

    def __init__(
        self,
        transport: SubgraphTransport,
        config: SubscriptionDeduplicationConfig,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        # The method itself, without a wrapper: every fetch uses it.
        self.send = transport.send
        self._upstream = _Upstream(transport, config, clock, randomness)
        self._config = config
        self._streams: dict[Hashable, _SharedStream] = {}

    async def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        """The events from now on.

        Raises SubgraphUnavailable when the stream cannot be opened or reopened, and SubscriberTooSlow when the
        subscriber's queue overflows while others keep up.
        """
        key = build_deduplication_key(request)
        stream = self._streams.get(key)
        if stream is None or not stream.may_be_joined:
            stream = _SharedStream(self._config, is_live=request.subgraph in self._config.live_subgraphs)
            stream.task = asyncio.create_task(self._upstream.feed(stream, request))
            self._streams[key] = stream
        subscriber = stream.join()
        try:
            async with aclosing(subscriber.read()) as events:
                async for event in events:
                    yield event
        finally:
            stream.leave(subscriber)
            if stream.is_empty:
                if self._streams.get(key) is stream:
                    del self._streams[key]
                stream.task.cancel()
                await asyncio.gather(stream.task, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Upstream:
    """Reads a stream to its end, and reopens it where no event is lost or repeated by that."""

    transport: SubgraphTransport
    config: SubscriptionDeduplicationConfig
    clock: Clock
    randomness: Randomness

    async def feed(self, stream: _SharedStream, request: SubgraphRequest) -> None:
        failures = 0
        failure: SubgraphUnavailable | None = None
        while True:
            try:
                async with aclosing(self.transport.stream(request)) as events:
                    async for event in events:
                        failures = 0
                        await stream.put(event)
            except SubgraphUnavailable as raised:
                failure = raised
            except Exception as cause:  # noqa: BLE001 - whatever a transport raises, all subscribers must end
                failure = describe_failure(request.subgraph, "broke off the subscription", is_transient=False)
                failure.__cause__ = cause
            else:
                stream.end(None)
                return
            failures += 1
            if failures > self.config.max_reconnect_attempts or not failure.is_transient or not stream.may_be_reopened:
                break
            await self.clock.sleep(self._choose_backoff(failures))
            if request.renew_headers is not None:
                # The token with the caller's identity has expired.
                request = replace(request, headers=request.renew_headers())
        tried = failures - 1
        if tried:
            what = f"did not keep up the subscription: {tried} attempts to open it again failed"
            failure = describe_failure(request.subgraph, what, attempts=tried)
        stream.end(failure)

    def _choose_backoff(self, failures: int) -> float:
        nominal = min(self.config.max_backoff, self.config.backoff * 2.0 ** min(failures - 1, 30))
        return self.randomness.uniform(nominal / 2, nominal)


class _SharedStream:
    """An upstream stream and its subscribers."""

    task: asyncio.Task[None]

    def __init__(self, config: SubscriptionDeduplicationConfig, *, is_live: bool) -> None:
        self._config = config
        self._is_live = is_live
        self._has_started = False
        self._has_ended = False
        self._subscribers: set[_Subscriber] = set()
        self._progress = asyncio.Event()

    @property
    def may_be_joined(self) -> bool:
        return not self._has_ended and (self._is_live or not self._has_started)

    @property
    def may_be_reopened(self) -> bool:
        return self._is_live or not self._has_started

    @property
    def is_empty(self) -> bool:
        return not self._subscribers

    def join(self) -> _Subscriber:
        subscriber = _Subscriber(self._progress)
        self._subscribers.add(subscriber)
        self._progress.set()
        return subscriber

    def leave(self, subscriber: _Subscriber) -> None:
        self._subscribers.discard(subscriber)
        self._progress.set()

    async def put(self, event: bytes) -> None:
        """Queue the event for every subscriber.

        A single subscriber with a full queue stops the upstream stream; of several, those with a full queue are closed.
        """
        self._has_started = True
        while len(self._subscribers) == 1 and self._is_full(*self._subscribers):
            self._progress.clear()
            await self._progress.wait()
        for subscriber in tuple(self._subscribers):
            if self._is_full(subscriber):
                self._subscribers.discard(subscriber)
                waiting = len(subscriber.events)
                subscriber.end(SubscriberTooSlow(f"You did not take events as they came; {waiting} were waiting."))
            else:
                subscriber.put(event)
        # A burst that has arrived already must not fill the queues before subscribers could run.
        await _yield_once()

    def end(self, failure: RouterError | None) -> None:
        self._has_ended = True
        for subscriber in self._subscribers:
            subscriber.end(failure)

    def _is_full(self, subscriber: _Subscriber) -> bool:
        events, size = len(subscriber.events), subscriber.queued_bytes
        return events >= self._config.queue_capacity or size >= self._config.queue_max_bytes


class _Subscriber:
    """The queue of one subscriber."""

    def __init__(self, progress: asyncio.Event) -> None:
        self.events: deque[bytes] = deque()
        self.queued_bytes = 0
        self._progress = progress
        self._arrived = asyncio.Event()
        self._has_ended = False
        self._failure: RouterError | None = None

    def put(self, event: bytes) -> None:
        self.events.append(event)
        self.queued_bytes += len(event)
        self._arrived.set()

    def end(self, failure: RouterError | None) -> None:
        self._has_ended = True
        self._failure = failure
        self._arrived.set()

    async def read(self) -> AsyncGenerator[bytes, None]:
        while True:
            while self.events:
                event = self.events.popleft()
                self.queued_bytes -= len(event)
                self._progress.set()
                yield event
            if self._failure is not None:
                raise self._failure
            if self._has_ended:
                return
            self._arrived.clear()
            await self._arrived.wait()


@coroutine
def _yield_once() -> Generator[None]:
    yield
