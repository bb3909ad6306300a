"""Time limits of one connection, checked now and then: a timer per request would cost more than the check."""

from __future__ import annotations

import asyncio
import math
from typing import Final

NEVER: Final = math.inf
# A time limit that begins when it is next looked at; no time of a loop is negative.
NOT_SET: Final = -1.0
# What a client must read within `timeouts.client_write`, unless that is all there is.
_PROGRESS_BYTES: Final = 64 * 1024


class WriteDeadline:
    """Until when the client must have read more of what is buffered for it."""

    __slots__ = ("_buffered", "_seconds", "_transport", "_until")

    def __init__(self, transport: asyncio.Transport, seconds: float) -> None:
        self._transport = transport
        self._seconds = seconds
        self._until = NEVER
        self._buffered = 0

    def start(self, now: float) -> None:
        """Start to wait for the client, unless this waits already."""
        if self._until is NEVER:
            self._until = now + self._seconds
            self._buffered = self._transport.get_write_buffer_size()

    def cancel(self) -> None:
        """Stop waiting: the buffer is empty enough."""
        self._until = NEVER

    def is_over(self, now: float) -> bool:
        """Whether the client read too little within the time; a client that reads gets the same time again."""
        if now < self._until:
            return False
        buffered = self._transport.get_write_buffer_size()
        if buffered > self._buffered - _PROGRESS_BYTES and buffered:
            return True
        self._until, self._buffered = now + self._seconds, buffered
        return False
