"""Deadlines for many short pieces of work: one timer for all of them, since most end long before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final

_TICKS: Final = 8
_LONGEST_TICK: Final = 0.5


class Deadlines:
    """Ends work that takes longer than `seconds`, an eighth later at most.

    A timer of its own for each request would cost more than all stages of a known operation together.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._tick = min(_LONGEST_TICK, seconds / _TICKS)
        self._running: dict[Deadline, float] = {}
        self._is_ticking = False

    def begin(self, describe: Callable[[], Exception]) -> Deadline:
        """A context manager for work of the current task, which raises what `describe` makes when it is ended."""
        return Deadline(self, describe)

    def add(self, deadline: Deadline) -> None:
        loop = asyncio.get_running_loop()
        self._running[deadline] = loop.time() + self.seconds
        if not self._is_ticking:
            self._is_ticking = True
            loop.call_later(self._tick, self._check, loop)

    def remove(self, deadline: Deadline) -> None:
        self._running.pop(deadline, None)

    def count_seconds_left(self, deadline: Deadline) -> float:
        """The time that work still has; 0.0 when it has ended."""
        until = self._running.get(deadline)
        return 0.0 if until is None else max(0.0, until - asyncio.get_running_loop().time())

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        # In the order of their beginning, so that all after the first that has time left have time left.
        while self._running:
            deadline, until = next(iter(self._running.items()))
            if until > now:
                break
            del self._running[deadline]
            deadline.expire()
        self._is_ticking = bool(self._running)
        if self._is_ticking:
            loop.call_later(self._tick, self._check, loop)


class Deadline:
    """One piece of work under a deadline."""

    __slots__ = ("_cancellations", "_deadlines", "_describe", "_task", "is_expired")

    def __init__(self, deadlines: Deadlines, describe: Callable[[], Exception]) -> None:
        self._deadlines = deadlines
        self._describe = describe
        self._task: asyncio.Task[Any] | None = None
        self._cancellations = 0
        self.is_expired = False

    @property
    def seconds_left(self) -> float:
        return self._deadlines.count_seconds_left(self)

    def __enter__(self) -> None:
        task = self._task = asyncio.current_task()
        assert task is not None
        self._cancellations = task.cancelling()
        self._deadlines.add(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadlines.remove(self)
        if self.is_expired:
            assert self._task is not None
            # Taken back whatever came of it; but somebody else may want the task to end as well, then it must.
            is_ours_alone = self._task.uncancel() <= self._cancellations
            if is_ours_alone and kind is asyncio.CancelledError:
                raise self._describe() from None

    def expire(self) -> None:
        assert self._task is not None
        self.is_expired = True
        self._task.cancel()
