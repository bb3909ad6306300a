"""`python -m benchmarks.placing`: how many orders a second clients place on PostgreSQL, and where that saturates.

With `--against CHECKOUT`, another checkout of Entrepot is measured in turns with this one, and 1 is returned when this
one does not place twice as many at the most clients. Returns 2 when it cannot run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url

from benchmarks.burst.databases import create_database, delay_connections
from tests.support.servers import POSTGRES

_CLIENT: Final = Path(__file__).parent / "client.py"
_OURS: Final = Path(__file__).parents[2]
_CLIENTS: Final = (1, 2, 4, 8, 16)
_TARGET: Final = 2.0
_SATURATED: Final = 1.1
"""Twice the clients that place less than so many times the orders: there it saturates."""


@dataclass(frozen=True, slots=True)
class Level:
    """What so many clients reached."""

    checkout: str
    clients: int
    orders_per_second: float
    p50_ms: float
    cpu_ms_per_order: float


def main() -> int:
    """Measure and print; see `--help`."""
    parser = argparse.ArgumentParser(prog="benchmarks.placing", description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=400, help="orders for each number of clients")
    parser.add_argument("--processes", type=int, default=2, help="processes that the clients are spread over")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds in front of PostgreSQL")
    parser.add_argument("--against", type=Path, help="another checkout of Entrepot, such as a worktree of 7e772ac")
    options = parser.parse_args()
    server = os.environ.get(POSTGRES)
    if server is None:
        print(f"Set {POSTGRES} to a server's URL; `scripts/postgres start FOLDER` starts one.", file=sys.stderr)
        return 2
    checkouts = [_OURS] if options.against is None else [options.against.resolve(), _OURS]
    levels = asyncio.run(_measure_all(make_url(server), checkouts, options))
    for checkout in checkouts:
        rates = {level.clients: level.orders_per_second for level in levels if level.checkout == str(checkout)}
        print(f"{checkout.name}: saturates at {find_saturation(rates)} clients.")
    print(json.dumps([asdict(level) for level in levels]))
    if options.against is None:
        return 0
    most = [level.orders_per_second for level in levels if level.clients == _CLIENTS[-1]]
    print(f"{most[1] / most[0]:.2f} times the orders of {checkouts[0].name} from {_CLIENTS[-1]} clients.")
    return int(most[1] < _TARGET * most[0])


def find_saturation(rates: dict[int, float]) -> int:
    """The fewest clients from which on twice as many place hardly more."""
    for clients in sorted(rates)[:-1]:
        if rates[clients * 2] < _SATURATED * rates[clients]:
            return clients
    return max(rates)


async def _measure_all(server: URL, checkouts: list[Path], options: argparse.Namespace) -> list[Level]:
    print("| checkout | clients | orders/s | p50 ms | CPU ms an order |\n|---|---:|---:|---:|---:|")
    levels: list[Level] = []
    for clients in _CLIENTS:
        for checkout in checkouts:
            level = await _measure(server, checkout, clients, options)
            levels.append(level)
            print(
                f"| {checkout.name} | {clients} | {level.orders_per_second:.0f} | {level.p50_ms:.0f} "
                f"| {level.cpu_ms_per_order:.1f} |",
                flush=True,
            )
    return levels


async def _measure(server: URL, checkout: Path, clients: int, options: argparse.Namespace) -> Level:
    processes = min(clients, options.processes)
    share = options.orders // processes
    async with create_database(server, "bench_placing") as url:
        preparing = await _start(checkout, "prepare", url, 0, share * processes, 1)
        if await preparing.wait():
            raise RuntimeError(f"The carts could not be prepared with {checkout}.")
        async with delay_connections(url, options.delay) as delayed:
            running = [
                await _start(checkout, "place", delayed, number * share, share, clients // processes)
                for number in range(processes)
            ]
            for process in running:
                assert process.stdout is not None
                await process.stdout.readline()
            said = await asyncio.gather(*(process.communicate(b"\n") for process in running))
    figures = [json.loads(output.splitlines()[-1]) for output, _ in said]
    seconds, cpu = max(figure["seconds"] for figure in figures), sum(figure["cpu"] for figure in figures)
    p50 = max(figure["p50"] for figure in figures)
    placed = share * processes
    return Level(str(checkout), clients, placed / seconds, p50 * 1000, cpu * 1000 / placed)


async def _start(
    checkout: Path, mode: str, url: str, first: int, count: int, clients: int
) -> asyncio.subprocess.Process:
    """In the folder of the checkout, whose packages come before those that are installed."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *(str(_CLIENT), mode, url, str(first), str(count), str(clients)),
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


if __name__ == "__main__":
    sys.exit(main())
