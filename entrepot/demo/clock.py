"""A clock that the writer of the demo data sets: what the services do happens when the data says so."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta


class SeedingClock:
    """Stands still until it is moved; a sleep moves it and returns at once."""

    def __init__(self, now: datetime) -> None:
        self._start = now
        self._elapsed = timedelta()

    def now(self) -> datetime:
        return self._start + self._elapsed

    def monotonic(self) -> float:
        return self._elapsed.total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def advance(self, seconds: float) -> None:
        self._elapsed += timedelta(seconds=seconds)

    def move_to(self, moment: datetime) -> None:
        """Go on to that moment; one that has passed changes nothing."""
        self._elapsed = max(self._elapsed, moment - self._start)
