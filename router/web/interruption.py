"""Work that others may end, and say why."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class ClientLeft:
    """The client has closed the connection."""


CLIENT_LEFT: Final = ClientLeft()


class Interruption(Generic[V]):
    """Ends the work inside it when another task interrupts it; then `verdict` holds the reason."""

    __slots__ = ("_cancellations", "_task", "verdict")

    def __init__(self) -> None:
        self._task: asyncio.Task[Any] | None = None
        self._cancellations = 0
        self.verdict: V | None = None

    def interrupt(self, verdict: V) -> None:
        """End the work, unless it is over or was interrupted before."""
        if self.verdict is None:
            self.verdict = verdict
            if self._task is not None:
                self._task.cancel()

    def __enter__(self) -> Self:
        task = self._task = asyncio.current_task()
        assert task is not None
        self._cancellations = task.cancelling()
        if self.verdict is not None:
            task.cancel()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        task, self._task = self._task, None
        assert task is not None
        if self.verdict is None:
            return False
        # Swallowed only when nobody else wants the task to end as well.
        return task.uncancel() <= self._cancellations and kind is asyncio.CancelledError
