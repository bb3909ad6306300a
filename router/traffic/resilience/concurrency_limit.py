"""A concurrency limit: a bounded number of requests in flight, and a bounded first-in-first-out queue."""

from __future__ import annotations

import asyncio
from collections import deque

from entrepot.router.config import ConcurrencyLimitConfig
from entrepot.router.errors import SubgraphOverloaded
from entrepot.router.execution.transports.subgraph_client import describe_failure


class ConcurrencyLimit:
    """The concurrency limit of one subgraph."""

    def __init__(self, subgraph: str, config: ConcurrencyLimitConfig) -> None:
        self._subgraph = subgraph
        self._config = config
        self._free = config.max_requests
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def queued(self) -> int:
        """How many requests wait."""
        return len(self._queue)

    def try_acquire(self) -> bool:
        """Take a permit if one is free; never one that a queued request waits for."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def wait(self) -> None:
        """Wait for a permit and take it; raises SubgraphOverloaded when the queue is full."""
        if len(self._queue) >= self._config.queue_capacity:
            raise describe_failure(self._subgraph, "has too many requests waiting", kind=SubgraphOverloaded)
        waiter = asyncio.get_running_loop().create_future()
        self._queue.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():
                # The permit was granted in the moment in which the caller was cancelled.
                self.release()
            elif waiter in self._queue:
                self._queue.remove(waiter)
            raise

    def release(self) -> None:
        """Pass the permit to the longest waiting request, or free it."""
        while self._queue:
            waiter = self._queue.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1
