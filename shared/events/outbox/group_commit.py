"""Group commit: what several tasks write at about the same time, one of them writes in a single transaction."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


_LEAD: Final = object()
"""Marks the waiter that becomes the leader of the next group."""


@dataclass(slots=True, eq=False)
class _Asked(Generic[T]):
    item: T
    turn: asyncio.Future[object]


class GroupCommit(Generic[T, R]):
    """Gathers items and has `work` deal with up to `limit` of them at once.

    `work` answers, item by item, a result or the exception that the one who asked is to see. There is no task behind
    it: one of those who wait does the work, and when that one is cancelled the next does it again.
    """

    def __init__(self, work: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]], limit: int) -> None:
        self._work = work
        self._limit = limit
        self._waiting: deque[_Asked[T]] = deque()
        self._is_led = False

    async def submit(self, item: T) -> R:
        """The item's result; raises the exception that `work` answered for it, or raised."""
        loop = asyncio.get_running_loop()
        asked = _Asked(item, loop.create_future())
        self._waiting.append(asked)
        if not self._is_led:
            self._is_led = True
            # Not at once: what others ask for in this round of the loop comes along.
            loop.call_soon(self._appoint)
        try:
            outcome = await asked.turn
        except asyncio.CancelledError:
            if asked in self._waiting:
                self._waiting.remove(asked)
            if not asked.turn.cancelled() and asked.turn.result() is _LEAD:
                self._appoint()
            raise
        if outcome is _LEAD:
            outcome = await self._lead(asked)
        if isinstance(outcome, _Failed):
            raise outcome.error
        return cast("R", outcome)

    async def _lead(self, leader: _Asked[T]) -> object:
        group = self._take()
        try:
            outcomes: Sequence[object] = await self._work([asked.item for asked in group])
        except Exception as error:  # noqa: BLE001 - every submitter gets the error
            outcomes = [error] * len(group)
        except BaseException:
            self._waiting.extendleft(
                asked for asked in reversed(group) if asked is not leader and not asked.turn.done()
            )
            self._appoint()
            raise
        answers = [_Failed(outcome) if isinstance(outcome, Exception) else outcome for outcome in outcomes]
        for asked, answer in zip(group, answers, strict=True):
            if not asked.turn.done():
                asked.turn.set_result(answer)
        self._appoint()
        return answers[group.index(leader)]

    def _take(self) -> list[_Asked[T]]:
        group: list[_Asked[T]] = []
        while self._waiting and len(group) < self._limit:
            asked = self._waiting.popleft()
            if not asked.turn.cancelled():
                group.append(asked)
        return group

    def _appoint(self) -> None:
        """Let the one who waits longest do the work."""
        for asked in self._waiting:
            if not asked.turn.done():
                asked.turn.set_result(_LEAD)
                return
        self._is_led = False
