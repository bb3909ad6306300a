"""One stream over HTTP: writing events, and closing it before its last event."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from entrepot.router.errors import Unauthenticated
from entrepot.router.web.asgi import CLIENT_DISCONNECTED, ClientDisconnected, Receive, Send, wait_for_disconnect
from entrepot.router.web.http.encode import encode_errors
from entrepot.router.web.streaming.framing import Framing
from entrepot.router.web.streaming.interruption import Interruption
from entrepot.router.web.streaming.schedule import Schedule, ScheduledCall
from entrepot.router.web.websocket.protocol import Closed

Emit = Callable[[bytes], Awaitable[None]]


class EventStream:
    """Written to by one task; `interruption` is around its work."""

    __slots__ = ("_framing", "_send", "interruption", "writes")

    def __init__(self, framing: Framing, send: Send) -> None:
        self.interruption: Interruption[ClientDisconnected | Unauthenticated | Closed] = Interruption()
        self.writes = 0
        self._framing = framing
        self._send = send

    @property
    def heartbeat(self) -> bytes:
        return self._framing.heartbeat

    async def write(self, chunk: bytes) -> None:
        """Send bytes; `writes` counts those that wait for a client which does not read."""
        self.writes += 1
        try:
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        finally:
            self.writes -= 1

    async def emit(self, body: bytes) -> None:
        """Send an answer, given as JSON text."""
        await self.write(self._framing.frame(body))

    async def watch_client(self, receive: Receive) -> None:
        """Interrupt the work when the client leaves."""
        await wait_for_disconnect(receive)
        self.interruption.interrupt(CLIENT_DISCONNECTED)

    def end(self, verdict: Closed) -> None:
        """End without a last event, so that the client connects again."""
        self.interruption.interrupt(verdict)

    async def finish(self) -> None:
        """Write what ends the response, by the reason for which it ends."""
        verdict = self.interruption.verdict
        if isinstance(verdict, ClientDisconnected):
            return
        if isinstance(verdict, Unauthenticated):
            await self.write(self._framing.frame_failure(encode_errors(verdict)))
        end = b"" if isinstance(verdict, Closed) else self._framing.end
        await self._send({"type": "http.response.body", "body": end, "more_body": False})


class Heartbeat:
    """Shows in a silent stream that it lives, every so many seconds."""

    __slots__ = ("_call", "_schedule", "_seconds", "_stream", "_task")

    def __init__(self, stream: EventStream, schedule: Schedule, seconds: float) -> None:
        self._stream = stream
        self._schedule = schedule
        self._seconds = seconds
        self._task: asyncio.Task[None] | None = None
        self._call: ScheduledCall = schedule.call_later(seconds, self._beat)

    def cancel(self) -> None:
        self._call.cancel()
        if self._task is not None:
            self._task.cancel()

    def _beat(self) -> None:
        # A client that does not read is shown nothing by more of what it does not read.
        if not self._stream.writes:
            self._task = asyncio.create_task(self._stream.write(self._stream.heartbeat))
        self._call = self._schedule.call_later(self._seconds, self._beat)
