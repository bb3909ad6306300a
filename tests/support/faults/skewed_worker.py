"""A worker whose clock is wrong: `python -m tests.support.faults.skewed_worker SECONDS NAME`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import datetime, timedelta

from entrepot.shared.clock import SystemClock
from entrepot.shared.environment import Environment
from entrepot.shared.randomness import SystemRandomness
from entrepot.shared.telemetry import configure_logging
from entrepot.wiring.distributed import DistributedShop


class SkewedClock(SystemClock):
    """Tells a time that is off; what passes between two moments is as long as ever."""

    def __init__(self, seconds: float) -> None:
        self._skew = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return super().now() + self._skew


async def work(seconds: float, name: str) -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    shop = DistributedShop([name], os.environ, environment=Environment.of(SkewedClock(seconds), SystemRandomness()))
    try:
        await shop.work()
        sys.stdout.write("works\n")
        sys.stdout.flush()
        await told.wait()
    finally:
        await shop.close()


if __name__ == "__main__":
    configure_logging(json=False, level="WARNING")
    asyncio.run(work(float(sys.argv[1]), sys.argv[2]))
