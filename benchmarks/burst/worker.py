"""`python -m benchmarks.burst.worker URL WORKER WORKERS ORDERS VARIANTS LINES SEED`: one worker's share of the burst.

Says `ready`, begins when it is sent a line, and then prints the seconds of CPU it used and how often an effect failed.
"""

from __future__ import annotations

import asyncio
import sys
import time

from benchmarks.burst.workload import Burst
from entrepot.shared.db import Database
from entrepot.shared.environment import Environment
from entrepot.shared.events import Consumer, MemoryFanOut, UnitOfWorkFactory
from entrepot.subgraphs.inventory.app import SUBGRAPH
from entrepot.subgraphs.inventory.config import InventoryDependencies, InventorySettings


async def work(url: str, worker: int, workers: int, burst: Burst) -> None:
    """Take the share's messages, all of them at once."""
    environment = Environment.system()
    database = Database(url, environment.clock)
    dependencies = InventoryDependencies(InventorySettings(), 0)
    transactions = UnitOfWorkFactory("inventory", database, environment, dependencies, MemoryFanOut(), lambda: None)
    consumer = Consumer(SUBGRAPH.handlers, transactions)
    messages = burst.share(worker, workers)
    async with database.read():
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
    before = time.process_time()
    await asyncio.gather(*(consumer.receive(message) for message in messages))
    print(f"{time.process_time() - before} {consumer.counters.handler_failures}", flush=True)
    await database.dispose()


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[2:]]
    asyncio.run(work(sys.argv[1], numbers[0], numbers[1], Burst(*numbers[2:])))
