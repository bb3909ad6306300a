"""`python -m benchmarks.load`: what the machine holds, as a table, and in the last line as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, replace

import pytest

from benchmarks.load.driving import measure_latency, measure_throughput, prepare, stock_up
from benchmarks.load.events import EventFlow, measure_events, open_processes
from benchmarks.load.floor import measure_floor
from benchmarks.load.shops import MeasuredShop, open_distributed, open_embedded
from tests.support.volume import OrderTemplate

_PROGRAMS = {
    "postgres": ("psql", "--version"),
    "redis": ("redis-server", "--version"),
    "haproxy": ("haproxy", "-v"),
    "java": ("java", "-version"),
}
_SIZES = (0, 10_000, 100_000, 1_000_000)
_HEAD = (
    "| shop | orders in the tables | orders/s | floor orders/s | floor is | events/s "
    "| at orders/s | p50 ms | p99 ms | of so many |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)
_EVENTS_HEAD = "| shop | events alone | events/s | effects/s |\n|---|---:|---:|---:|"


@dataclass(frozen=True)
class Row:
    """What one shop held with so many orders in its tables; the floor is of the distributed shop's PostgreSQL."""

    shop: str
    size: int
    orders_per_second: float
    events_per_second: float
    rate: float
    p50_ms: float
    p99_ms: float
    samples: int
    floor_per_second: float | None = None

    def print(self) -> str:
        floor = self.floor_per_second
        compared = f"{floor:,.0f} | {floor / self.orders_per_second:.1f} times" if floor else "- | -"
        return (
            f"| {self.shop} | {self.size:,} | {self.orders_per_second:.1f} | {compared} | {self.events_per_second:.0f} "
            f"| {self.rate:.1f} | {self.p50_ms:.0f} | {self.p99_ms:.0f} | {self.samples} |"
        )


def main() -> int:
    """Measure, and print."""
    arguments = _read_arguments()
    try:
        rows, flows = asyncio.run(_measure(arguments))
    except pytest.skip.Exception as missing:
        print(missing, file=sys.stderr)
        return 2
    where = {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "versions": {name: _read_version(*command) for name, command in _PROGRAMS.items()},
        "durability": {"embedded": "SQLite, WAL, synchronous=NORMAL", "distributed": "PostgreSQL, fsync=on"},
    }
    floors = {row.size: row.floor_per_second for row in rows if row.floor_per_second}
    measured = {
        "rows": [asdict(row) for row in rows],
        "events_per_second": {flow.shop: round(flow.events_per_second, 1) for flow in flows},
        "ratios": _compare(rows, floors),
    }
    print(json.dumps({**where, **measured}))
    return 0


def _read_version(*command: str) -> str | None:
    """What the program says of itself first; None where it is not installed."""
    program = shutil.which(command[0])
    if program is None:
        return None
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[0]


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument(
        "--sizes", default=",".join(map(str, _SIZES)), help="orders in the tables (default: %(default)s)"
    )
    parser.add_argument("--modes", default="embedded,distributed", help="which shops (default: %(default)s)")
    parser.add_argument("--orders", type=int, default=300, help="orders in a burst (default: %(default)s)")
    parser.add_argument("--events", type=int, default=5_000, help="events alone (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=20.0, help="at half the rate (default: %(default)s)")
    return parser.parse_args()


async def _measure(arguments: argparse.Namespace) -> tuple[list[Row], list[EventFlow]]:
    rows: list[Row] = []
    flows: list[EventFlow] = []
    print(_HEAD, flush=True)
    for mode in arguments.modes.split(","):
        async with _MODES[mode]() as shop:
            async for row in _measure_sizes(shop, arguments):
                print(row.print(), flush=True)
                rows.append(row)
            async with open_processes(shop) as processes:
                flows.append(await measure_events(shop.name, processes, arguments.events))
    print(f"\n{_EVENTS_HEAD}", *(flow.print() for flow in flows), "", sep="\n", flush=True)
    return rows, flows


async def _measure_sizes(shop: MeasuredShop, arguments: argparse.Namespace) -> AsyncIterator[Row]:
    variant = await stock_up(shop)
    template, customer = await _make_template(shop, variant)
    filled = 1
    for size in sorted(int(word) for word in arguments.sizes.split(",")):
        if size:
            await shop.volume.fill(template, customer, filled, size)
            filled = max(filled, size)
        row = await _measure_shop(shop, variant, arguments, size)
        if shop.observed is not None:
            floor = await measure_floor(shop.observed, template, 4 * arguments.orders)
            row = replace(row, floor_per_second=floor.orders_per_second)
        yield row


async def _make_template(shop: MeasuredShop, variant: str) -> tuple[OrderTemplate, str]:
    """One order, and whose it is."""
    # What the first order makes for all others is not its own.
    await measure_throughput(shop, await prepare(shop, variant, 1))
    orders = await prepare(shop, variant, 1)
    template = await shop.volume.take_template(lambda: measure_throughput(shop, orders))
    owner = next(row for row in template.of_tables()["orders"]["orders"])
    return template, owner.values[owner.columns.index("customer_id")]


async def _measure_shop(shop: MeasuredShop, variant: str, arguments: argparse.Namespace, size: int) -> Row:
    await measure_throughput(shop, await prepare(shop, variant, 32))  # What is done once is done.
    burst = await measure_throughput(shop, await prepare(shop, variant, arguments.orders))
    rate = burst.orders_per_second / 2
    latencies = await measure_latency(await prepare(shop, variant, max(20, int(rate * arguments.seconds))), rate)
    return Row(
        shop=shop.name,
        size=size,
        orders_per_second=burst.orders_per_second,
        events_per_second=burst.events_per_second,
        rate=rate,
        p50_ms=1000 * latencies.percentile(0.5),
        p99_ms=1000 * latencies.percentile(0.99),
        samples=len(latencies.seconds),
    )


def _compare(rows: Sequence[Row], floors: dict[int, float]) -> dict[str, float]:
    """How many times as many orders the floor holds, by shop and size; without an own floor that of empty tables."""
    return {
        f"{row.shop}.{row.size}": round(floors.get(row.size, floors[min(floors)]) / row.orders_per_second, 2)
        for row in rows
        if floors
    }


_MODES: dict[str, Callable[[], AbstractAsyncContextManager[MeasuredShop]]] = {
    "embedded": open_embedded,
    "distributed": open_distributed,
}

if __name__ == "__main__":
    sys.exit(main())
