"""A scheduler for timers of thousands of streams: one sleeping task for all of them."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from typing import Final

from entrepot.shared.clock import Clock

# Nobody minds a call that is this late, in seconds; it bounds how often the task wakes.
_TICK: Final = 0.01


class ScheduledCall:
    """A call that is still to come, unless it is cancelled."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], None]) -> None:
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        self.call = None


class Schedule:
    """Makes calls when their time has come by the clock. What is called must not raise, and not take long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: list[tuple[float, int, ScheduledCall]] = []
        self._count = count()
        self._task: asyncio.Task[None] | None = None
        self._wakes_at = 0.0

    def call_later(self, seconds: float, call: Callable[[], None]) -> ScheduledCall:
        """Make the call in that many seconds."""
        due = self._clock.monotonic() + seconds
        scheduled = ScheduledCall(call)
        heapq.heappush(self._calls, (due, next(self._count), scheduled))
        if self._task is None or due < self._wakes_at:
            self.close()
            self._task = asyncio.create_task(self._run())
            self._wakes_at = due
        return scheduled

    def close(self) -> None:
        """Make no calls any more until another one is asked for."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        calls = self._calls
        while calls:
            self._wakes_at = calls[0][0]
            wait = self._wakes_at - self._clock.monotonic()
            if wait > 0:
                await self._clock.sleep(max(wait, _TICK))
            now = self._clock.monotonic()
            while calls and calls[0][0] <= now:
                call = heapq.heappop(calls)[2].call
                if call is not None:
                    call()
        self._task = None
