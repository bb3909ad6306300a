"""A bound on how many requests are under way at a time: the next ones wait in their order, up to a number."""

from __future__ import annotations

import asyncio
from collections import deque

from entrepot.router.config import ConcurrencyConfig
from entrepot.router.errors import SubgraphOverloaded
from entrepot.router.execution.transports.subgraph_client import describe_failure


class Slots:
    """The places of one subgraph."""

    def __init__(self, subgraph: str, config: ConcurrencyConfig) -> None:
        self._subgraph = subgraph
        self._config = config
        self._free = config.limit
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def try_take(self) -> bool:
        """Take a place if one is free, and nobody has waited for it longer."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def wait(self) -> None:
        """Wait for a place and take it; raises SubgraphOverloaded when too many wait already."""
        if len(self._queue) >= self._config.queue:
            raise describe_failure(self._subgraph, "has too many requests waiting", kind=SubgraphOverloaded)
        waiter = asyncio.get_running_loop().create_future()
        self._queue.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():
                # It was given a place just as its caller left.
                self.give_back()
            elif waiter in self._queue:
                self._queue.remove(waiter)
            raise

    def give_back(self) -> None:
        """Hand the place to the one who has waited longest, or free it."""
        while self._queue:
            waiter = self._queue.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1
