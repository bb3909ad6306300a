"""Work on several items side by side: a place is taken again as soon as it is free, so none waits for the slowest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class SideBySide:
    """Works on what `find` returns, at most `places` at the same time.

    `find` is called again when a place is free and, while work is in progress, whenever `wait_for_more` returns. It may
    return keys that are being worked on.
    """

    find: Callable[[], Awaitable[Sequence[str]]]
    work: Callable[[str], Coroutine[Any, Any, bool]]
    wait_for_more: Callable[[], Coroutine[Any, Any, None]]
    places: int
    _running: dict[asyncio.Task[bool], str] = field(default_factory=dict, init=False)
    _waiting: asyncio.Task[None] | None = field(default=None, init=False)
    _error: Exception | None = field(default=None, init=False)

    async def run(self) -> int:
        """Return how many were worked on, when nothing is left.

        After an error no more work is begun; the error is raised when the rest has ended.
        """
        done = 0
        try:
            await self._fill()
            while self._running:
                waits = [*self._running, *([self._waiting] if self._waiting else [])]
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                done += self._harvest()
                await self._fill()
        finally:
            await self._cancel()
        if self._error is not None:
            raise self._error
        return done

    async def _fill(self) -> None:
        if len(self._running) >= self.places or self._error is not None:
            return
        under_way = set(self._running.values())
        fresh = [key for key in await self.find() if key not in under_way]
        for key in fresh[: self.places - len(self._running)]:
            self._running[asyncio.create_task(self.work(key))] = key
        if self._waiting is None and self._running:
            self._waiting = asyncio.create_task(self.wait_for_more())

    def _harvest(self) -> int:
        done = 0
        for task in [task for task in self._running if task.done()]:
            del self._running[task]
            try:
                done += task.result()
            except Exception as error:  # noqa: BLE001 - raised when the rest has ended
                self._error = self._error or error
        if self._waiting is not None and self._waiting.done():
            waited, self._waiting = self._waiting, None
            self._error = self._error or _error_of(waited)
        return done

    async def _cancel(self) -> None:
        left = [*self._running, *([self._waiting] if self._waiting else [])]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def _error_of(task: asyncio.Task[None]) -> Exception | None:
    error = task.exception()
    return error if isinstance(error, Exception) else None
