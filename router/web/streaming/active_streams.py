"""The active streams of a generation: one schedule for heartbeats and timeouts, and closing all of them."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from entrepot.router.web.streaming.schedule import Schedule
from entrepot.router.web.websocket.protocol import CloseCode, Closed
from entrepot.shared.clock import Clock

GOING_AWAY: Final = Closed(CloseCode.GOING_AWAY, "Going away. Connect again.")
RELOADED: Final = Closed(CloseCode.SERVICE_RESTART, "The graph has changed. Connect again.")
_LONGEST_STEP: Final = 0.05


class ActiveStream(Protocol):
    """A connection that stays open."""

    def end(self, verdict: Closed) -> None:
        """End it soon, in the way that makes its client connect again."""
        ...


class ActiveStreams:
    """Knows every stream of one generation; `schedule` is for what they all have to do now and then."""

    def __init__(self, clock: Clock) -> None:
        self.schedule = Schedule(clock)
        self._clock = clock
        self._streams: set[ActiveStream] = set()
        self._has_ended: asyncio.Event | None = None
        self._verdict: Closed | None = None

    def __len__(self) -> int:
        return len(self._streams)

    def add(self, stream: ActiveStream) -> None:
        self._streams.add(stream)
        if self._verdict is not None:
            # It came over a connection that is still open.
            stream.end(self._verdict)

    def remove(self, stream: ActiveStream) -> None:
        self._streams.discard(stream)
        if not self._streams and self._has_ended is not None:
            self._has_ended.set()

    async def end_all(self, verdict: Closed) -> None:
        """End the streams there are and those to come, and return when none is left."""
        self._interrupt_all(verdict)
        if self._streams:
            self._has_ended = asyncio.Event()
            await self._has_ended.wait()

    async def end_gradually(self, verdict: Closed, seconds: float) -> None:
        """End the streams there are one after another within that time: their clients all come back."""
        streams = tuple(self._streams)
        steps = max(1, int(seconds / _LONGEST_STEP))
        size = -(-len(streams) // steps)
        for start in range(0, len(streams), max(1, size)):
            for stream in streams[start : start + size]:
                stream.end(verdict)
            await self._clock.sleep(seconds * size / len(streams))
        # Those who came in between, on connections that were open.
        self._interrupt_all(verdict)

    def close(self) -> None:
        """End the task that keeps the schedule."""
        self.schedule.close()

    def _interrupt_all(self, verdict: Closed) -> None:
        self._verdict = verdict
        for stream in tuple(self._streams):
            stream.end(verdict)
