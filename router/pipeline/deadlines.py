"""Deadlines for many short pieces of work: one timer for all of them, since most end long before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from types import TracebackType
from typing import Any, Final

from router.execution import SubgraphRequest, SubgraphResponse, SubgraphTransport
from router.execution.subgraph_client import describe_failure

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

    __slots__ = ("_deadlines", "_describe", "_is_expired", "_task")

    def __init__(self, deadlines: Deadlines, describe: Callable[[], Exception]) -> None:
        self._deadlines = deadlines
        self._describe = describe
        self._is_expired = False
        self._task: asyncio.Task[Any] | None = None

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._deadlines.add(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadlines.remove(self)
        if self._is_expired and kind is asyncio.CancelledError:
            assert self._task is not None
            # Somebody else may want the task to end as well; then it must.
            if self._task.uncancel() == 0:
                raise self._describe() from None

    def expire(self) -> None:
        assert self._task is not None
        self._is_expired = True
        self._task.cancel()


class TimedTransport:
    """Another transport, whose requests end after a number of seconds; streams are left to last."""

    def __init__(self, transport: SubgraphTransport, seconds: float) -> None:
        self._transport = transport
        self._deadlines = Deadlines(seconds)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        with self._deadlines.begin(lambda: describe_failure(request.subgraph, "did not answer in time")):
            return await self._transport.send(request)

    async def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        async with aclosing(self._transport.stream(request)) as events:
            async for event in events:
                yield event
