"""Work that can be interrupted with a reason."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

V = TypeVar("V")


class Interruption(Generic[V]):
    """Ends the work inside it when it is interrupted; then `verdict` holds the reason.

    Work that was interrupted before it began is not to be begun: ask `verdict` first.
    """

    __slots__ = ("_cancellations", "_is_cancelled", "_task", "verdict")

    def __init__(self) -> None:
        self._task: asyncio.Task[Any] | None = None
        self._cancellations = 0
        self._is_cancelled = False
        self.verdict: V | None = None

    def interrupt(self, verdict: V) -> None:
        """End the work, unless it is over or was interrupted before; raises CancelledError for work that ends itself.

        A task that cancels itself would hear of it only when it next waits, which may be after the work.
        """
        if self.verdict is not None:
            return
        self.verdict = verdict
        if self._task is None:
            return
        if self._task is asyncio.current_task():
            raise asyncio.CancelledError
        self._is_cancelled = self._task.cancel()

    def __enter__(self) -> Self:
        task = self._task = asyncio.current_task()
        assert task is not None
        self._cancellations = task.cancelling()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        task, self._task = self._task, None
        assert task is not None
        if self.verdict is None:
            return False
        left = task.uncancel() if self._is_cancelled else task.cancelling()
        # Swallowed only when nobody else wants the task to end as well.
        return left <= self._cancellations and kind is asyncio.CancelledError
