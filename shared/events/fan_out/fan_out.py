"""Live updates: wake those who follow a channel, wherever the change was made; what is new they read themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol, TypeVar

from entrepot.shared.clock import Clock

T = TypeVar("T")

POLL_INTERVAL: Final = 5.0
"""Seconds after which a follower looks again without having been woken: a lost wake-up delays, it never loses."""


class Listener(Protocol):
    """One follower of a channel."""

    async def wait(self) -> None:
        """Return after a wake-up since the last call."""
        ...


class FanOut(Protocol):
    """Wakes followers in every process."""

    async def notify(self, channel: str) -> None: ...

    def listen(self, channel: str) -> AbstractAsyncContextManager[Listener]:
        """Follow the channel for the time of the block."""
        ...


class MemoryFanOut:
    """The fan-out of one process."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[_EventListener]] = {}

    async def notify(self, channel: str) -> None:
        for listener in self._listeners.get(channel, ()):
            listener.event.set()

    async def notify_all(self) -> None:
        """Wake everybody: nobody knows who was meant."""
        for channel in tuple(self._listeners):
            await self.notify(channel)

    @asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[Listener]:
        listener = _EventListener()
        followers = self._listeners.setdefault(channel, set())
        followers.add(listener)
        try:
            yield listener
        finally:
            followers.discard(listener)
            if not followers:
                self._listeners.pop(channel, None)


class _EventListener:
    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def wait(self) -> None:
        await self.event.wait()
        self.event.clear()


async def follow(
    fan_out: FanOut,
    clock: Clock,
    channel: str,
    read_news: Callable[[], Awaitable[Sequence[T]]],
    is_last: Callable[[T], bool],
) -> AsyncIterator[T]:
    """Everything `read_news` finds, now and after every wake-up, until an item is the last one.

    `read_news` keeps its own position; the channel is followed before it first reads, so nothing falls in between.
    """
    async with fan_out.listen(channel) as listener:
        while True:
            for item in await read_news():
                yield item
                if is_last(item):
                    return
            await first_of(listener.wait(), clock.sleep(POLL_INTERVAL))


async def first_of(*waits: Awaitable[None]) -> None:
    """Return when the first of the waits ends, or raise what it raised; the others are cancelled."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
