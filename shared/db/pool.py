"""The connections that a process keeps to its database: how many are used, and whether anybody waits for one."""

from __future__ import annotations

from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry


class WaitingPool(AsyncAdaptedQueuePool):
    """SQLAlchemy's, which counts those who found no connection free."""

    waits = 0
    waiting = 0

    @property
    def limit(self) -> int:
        """How many connections it opens at most."""
        return self.size() + self._max_overflow

    def _do_get(self) -> ConnectionPoolEntry:
        if self.checkedin() or self.checkedout() < self.limit:
            return super()._do_get()
        self.waits += 1
        self.waiting += 1
        try:
            return super()._do_get()
        finally:
            self.waiting -= 1
