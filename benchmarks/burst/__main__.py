"""`python -m benchmarks.burst`: a burst of orders over one, two and four workers of inventory, on PostgreSQL.

Once with a delay in front of PostgreSQL, so that the machine's cores are not what is short, and once without. Returns 1
when a target is missed, 2 when it cannot run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.burst.databases import create_database, delay_connections
from benchmarks.burst.workload import Burst, build_message
from entrepot.shared.db import Database, migrate
from entrepot.shared.environment import Environment
from entrepot.shared.events import KERNEL, Consumer, MemoryFanOut, UnitOfWorkFactory
from entrepot.subgraphs.inventory import service
from entrepot.subgraphs.inventory.app import SUBGRAPH
from entrepot.subgraphs.inventory.config import InventoryDependencies, InventorySettings
from tests.support.servers import POSTGRES
from tests.support.stock_room import variant_changed

_WORKERS: Final = (1, 2, 4)
_TARGETS: Final = {True: {2: 1.7, 4: 3.0}, False: {2: 1.0}}
"""By whether there is a delay: how many times the orders of one worker so many workers hold at least."""
_COUNTS: Final = text(
    "SELECT (SELECT count(*) FROM reservations WHERE status = 'HELD') AS held,"
    " (SELECT sum(reserved) FROM stock) AS reserved,"
    " (SELECT count(*) FROM dead_letters) AS dead_letters,"
    " (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()) AS deadlocks"
)


class WrongOutcome(Exception):
    """Not everything was held as it should be, so that the figures say nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What so many workers did in one burst."""

    delay_ms: float
    workers: int
    orders_per_second: float
    cpu_ms_per_order: float
    failures: int
    deadlocks: int


def main() -> int:
    """Measure and print; see `--help`."""
    parser = argparse.ArgumentParser(prog="benchmarks.burst", description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=500)
    parser.add_argument("--variants", type=int, default=200)
    parser.add_argument("--lines", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--delay", type=float, default=5, help="milliseconds in front of PostgreSQL")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many counts")
    options = parser.parse_args()
    server = os.environ.get(POSTGRES)
    if server is None:
        print(f"Set {POSTGRES} to a server's URL; `scripts/postgres start FOLDER` starts one.", file=sys.stderr)
        return 2
    burst = Burst(options.orders, options.variants, options.lines, options.seed)
    print(
        "| delay ms | workers | orders/s | times one | CPU ms an order | deadlocks |\n|---:|---:|---:|---:|---:|---:|"
    )
    rows: list[dict[str, object]] = []
    for delay in (options.delay, 0.0):
        base = 0.0
        for workers in _WORKERS:
            runs = [asyncio.run(measure(make_url(server), burst, workers, delay)) for _ in range(options.rounds)]
            outcome = sorted(runs, key=lambda run: run.orders_per_second)[len(runs) // 2]
            base = base or outcome.orders_per_second
            ratio = outcome.orders_per_second / base
            target = _TARGETS[delay > 0].get(workers)
            deadlocks = sum(run.deadlocks for run in runs)
            is_met = deadlocks == 0 and (target is None or ratio >= target)
            rows.append(asdict(outcome) | {"ratio": ratio, "target": target, "met": is_met, "deadlocks": deadlocks})
            print(
                f"| {delay:g} | {workers} | {outcome.orders_per_second:.0f} | {ratio:.2f} "
                f"| {outcome.cpu_ms_per_order:.1f} | {deadlocks} |",
                flush=True,
            )
    print(json.dumps(rows))
    return int(not all(row["met"] for row in rows))


async def measure(server: URL, burst: Burst, workers: int, delay: float) -> Outcome:
    """One burst on a database of its own; raises WrongOutcome."""
    async with create_database(server, "bench_burst") as url:
        await _stock(url, burst)
        async with delay_connections(url, delay) as delayed:
            arguments = [str(value) for value in (workers, burst.orders, burst.variants, burst.lines, burst.seed)]
            processes = [
                await asyncio.create_subprocess_exec(
                    sys.executable,
                    *("-m", "benchmarks.burst.worker", delayed, str(worker), *arguments),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
                for worker in range(workers)
            ]
            for process in processes:
                assert process.stdout is not None
                await process.stdout.readline()
            begun = time.perf_counter()
            said = await asyncio.gather(*(process.communicate(b"\n") for process in processes))
            seconds = time.perf_counter() - begun
        figures = [[float(figure) for figure in output.splitlines()[-1].split()] for output, _ in said]
        deadlocks = await _check(url, burst)
        cpu, failures = sum(figure[0] for figure in figures), sum(figure[1] for figure in figures)
        rate = burst.orders / seconds
        return Outcome(delay, workers, rate, cpu * 1000 / burst.orders, int(failures), deadlocks)


async def _stock(url: str, burst: Burst) -> None:
    environment = Environment.system()
    database = Database(url, environment.clock)
    await migrate(database, SUBGRAPH.migrations, [SUBGRAPH.metadata, KERNEL])
    dependencies = InventoryDependencies(InventorySettings(), 0)
    transactions = UnitOfWorkFactory("inventory", database, environment, dependencies, MemoryFanOut(), lambda: None)
    consumer = Consumer(SUBGRAPH.handlers, transactions)
    changes = [build_message(number, variant_changed(name)) for number, name in enumerate(burst.list_variants())]
    await asyncio.gather(*(consumer.receive(change) for change in changes))
    async with transactions.begin() as unit:
        location = await service.create_location(unit, service.CreateLocation(code="main", name="Main"))
        pieces = dict.fromkeys(burst.list_variants(), burst.orders * burst.lines)
        await service.receive_delivery(unit, location_id=location.id, quantities=pieces, reason="burst")
    await database.dispose()


async def _check(url: str, burst: Burst) -> int:
    """The deadlocks, when all orders are held, each once; raises WrongOutcome."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        counts = (await connection.execute(_COUNTS)).one()
    await engine.dispose()
    if (counts.held, counts.reserved, counts.dead_letters) != (burst.orders, burst.orders * burst.lines, 0):
        raise WrongOutcome(f"{counts.held} orders held, {counts.reserved} pieces, {counts.dead_letters} dead letters.")
    return int(counts.deadlocks)


if __name__ == "__main__":
    sys.exit(main())
