"""Time and sleeping as a seam: the composition root passes a clock down, nothing else reads the system's."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What code may ask of time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Give way to others for that long."""
        ...

    async def pause(self, seconds: float) -> None:
        """Give way to another transaction of a real database: a moment on which nothing else depends."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def give_way() -> None:
    """Let the other tasks of the event loop run before this one goes on."""
    await asyncio.sleep(0)
