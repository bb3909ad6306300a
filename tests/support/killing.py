"""Ending a process at a named point, as `kill -9` would: nothing that runs there commits or publishes any more."""

from __future__ import annotations

import asyncio


class ProcessKilled(BaseException):
    """The process is gone; nothing may catch this and go on."""


class Executioner:
    """A checkpoint for `Environment`: at its point every task but the test's ends at once, and none gets further."""

    def __init__(self, point: str, survivor: asyncio.Task[object]) -> None:
        self.point = point
        self.killed = asyncio.Event()
        self._survivor = survivor

    def __call__(self, point: str) -> None:
        if self.killed.is_set():
            raise ProcessKilled(point)
        if point == self.point:
            self.killed.set()
            for task in asyncio.all_tasks():
                if task is not self._survivor:
                    task.cancel()
            raise ProcessKilled(point)
