"""One owner of the long-lived tasks of a process: a task that ends without having been stopped is started again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from entrepot.shared.backoff import Backoff
from entrepot.shared.environment import Environment
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)
_CANCEL_AGAIN_SECONDS: Final = 5.0
_SOUND_SECONDS: Final = 60.0
"""A task that ran for so long has recovered from its earlier failures."""

Work = Callable[[], Coroutine[Any, Any, None]]


class Supervisor:
    """Starts tasks, watches them, starts them again with backoff, and ends them together.

    `name` stands before the names of its tasks. Work is a function, because a coroutine can run only once.
    """

    def __init__(self, name: str, environment: Environment, backoff: Backoff | None = None) -> None:
        self._name = name
        self._environment = environment
        self._backoff = backoff or Backoff(base=0.1, limit=2.0)
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._brief: set[asyncio.Task[None]] = set()
        self.restarts: dict[str, int] = {}
        """How often each task was started again."""

    @property
    def is_started(self) -> bool:
        """Whether there is a task to watch."""
        return bool(self._keepers)

    @property
    def is_working(self) -> bool:
        """Whether each task runs at this moment; false while one waits to be started again."""
        return self.is_started and not self.idle

    @property
    def idle(self) -> list[str]:
        """The tasks that do not run at this moment."""
        return sorted(name for name, keeper in self._keepers.items() if keeper.done() or name not in self._running)

    def start(self, name: str, work: Work) -> None:
        """Run the work until `stop`; raises ValueError for a name that is in use."""
        if name in self._keepers:
            raise ValueError(f"The task {self._name}:{name} was started before.")
        self.restarts[name] = 0
        self._running[name] = self._begin(name, work)
        self._keepers[name] = asyncio.create_task(self._keep(name, work), name=f"{self._name}:{name}:keeper")

    def run_once(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run something that ends by itself; a failure is logged, and `stop` waits a few seconds for its end."""
        task = asyncio.create_task(self._run_once(name, work), name=f"{self._name}:{name}")
        self._brief.add(task)
        task.add_done_callback(self._brief.discard)

    async def stop(self, name: str | None = None) -> None:
        """End the task of that name, or all of them; returns when they have ended."""
        names = list(self._keepers) if name is None else [name] if name in self._keepers else []
        keepers = [self._keepers.pop(each) for each in names]
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        if name is None and self._brief:
            await asyncio.wait(self._brief, timeout=_CANCEL_AGAIN_SECONDS)
            await asyncio.gather(*(self._end(task) for task in tuple(self._brief)))
        # A keeper that was cancelled before its first step has ended nothing.
        await asyncio.gather(*(self._end(self._running.pop(each)) for each in names if each in self._running))

    def _begin(self, name: str, work: Work) -> asyncio.Task[None]:
        return asyncio.create_task(work(), name=f"{self._name}:{name}")

    async def _keep(self, name: str, work: Work) -> None:
        failures = 0
        clock = self._environment.clock
        while True:
            task = self._running.get(name) or self._begin(name, work)
            self._running[name] = task
            begun = clock.monotonic()
            try:
                await asyncio.wait({task})
            finally:
                self._running.pop(name, None)
                await self._end(task)
            error = None if task.cancelled() else task.exception()
            if error is not None and not isinstance(error, Exception):
                raise error
            failures = 1 if clock.monotonic() - begun >= _SOUND_SECONDS else failures + 1
            delay = self._backoff.delay(failures, self._environment.randomness)
            self.restarts[name] += 1
            _log.error(
                "task.ended",
                task=f"{self._name}:{name}",
                restart=self.restarts[name],
                seconds=round(delay, 2),
                exc_info=error,
            )
            await clock.sleep(delay)

    async def _run_once(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:  # noqa: BLE001 - nobody awaits it: the log is where its failure is seen
            _log.exception("task.failed", task=f"{self._name}:{name}")

    async def _end(self, task: asyncio.Task[None]) -> None:
        """Cancel it until it has ended: a library may swallow a cancellation."""
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_CANCEL_AGAIN_SECONDS)
