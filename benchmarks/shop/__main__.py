"""`python -m benchmarks.shop`: our shop beside Vendure; 1 when a target is missed, 2 when it cannot run.

The shop that is measured has one core for itself, the load and PostgreSQL another. The shops take turns: each is
started, measured in all cases and ended before the other one starts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.gateway.processes import LOAD_CORE, DidNotStart
from benchmarks.shop.cases import CASES, READS, SCARCE
from benchmarks.shop.client import WrongAnswer
from benchmarks.shop.contestants import Contestant, Ours, Vendure, find_node
from benchmarks.shop.database import Server, open_server
from benchmarks.shop.goods import build_goods
from benchmarks.shop.load import Sample
from benchmarks.shop.measure import Effort, Measurement, measure_floors
from benchmarks.shop.picture import draw_picture
from benchmarks.shop.ports import find_port
from benchmarks.shop.report import Figures, Row, Scarce, build_report, print_tables, summarize
from benchmarks.shop.stocking import NotStocked
from benchmarks.shop.two_commits import measure_in_process


def main() -> int:
    """Measure and print; see `--help`."""
    options = read_options()
    failed: list[BaseException] = []
    try:
        _check_machine()
        figures, counted = asyncio.run(_measure(options))
    except* (DidNotStart, WrongAnswer, NotStocked) as group:
        failed += list_failures(group)
    if failed:
        print(*failed, sep="\n", file=sys.stderr)
        return 2
    where = {
        "python": platform.python_version(),
        "node": None if options.alone else _ask_version(find_node()),
        "machine": f"{platform.system()} {platform.machine()}",
        "load_average": os.getloadavg()[0],
        "connections": options.connections,
        "seconds": options.seconds,
        "rounds": options.rounds,
        "statements_counted_by": counted,
    }
    report = build_report(figures, where)
    print(print_tables(figures, f"SQL by {counted}"), flush=True)
    if options.plot is not None:
        options.plot.write_text(draw_picture(report))
    print(json.dumps(report))
    return int(not all(report["met"].values()))


def list_failures(group: BaseExceptionGroup[Exception]) -> list[BaseException]:
    """The exceptions of a group and of those in it; each text once."""
    found: dict[str, BaseException] = {}
    for error in group.exceptions:
        inner = list_failures(error) if isinstance(error, BaseExceptionGroup) else [error]
        found |= {str(item): item for item in inner}
    return list(found.values())


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; those of this process by default."""
    parser = argparse.ArgumentParser(prog="make bench-shop", description=__doc__)
    parser.add_argument("--only", action="append", choices=CASES, help="a case; can be repeated (default: all)")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each run (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=50, help="of each run (default: %(default)s)")
    parser.add_argument(
        "--rounds", type=int, default=3, help="of each shop; medians are printed (default: %(default)s)"
    )
    parser.add_argument("--buyers", type=int, default=200, help="at once, for a stock of 10 (default: %(default)s)")
    parser.add_argument("--alone", action="store_true", help="without Vendure")
    parser.add_argument("--against", type=Path, help="a folder with another commit, to compare reads in process")
    parser.add_argument("--plot", type=Path, help="write a picture of the ratios (SVG)")
    return parser.parse_args(arguments)


async def _measure(options: argparse.Namespace) -> tuple[Figures, str]:
    folder = await asyncio.to_thread(_make_folder)
    goods = build_goods()
    effort = Effort(options.only or CASES, options.seconds, options.connections, options.buyers)
    reads = [case for case in effort.cases if case in READS]
    in_process = await measure_in_process(options.against, reads, folder, effort.seconds)
    async with open_server(folder / "postgres", find_port()) as server:
        ours = Ours(server, folder, goods)
        contestants: list[Contestant] = [ours] if options.alone else [ours, Vendure(server, folder, goods)]
        try:
            for contestant in contestants:
                _report_progress(f"{contestant.name}: stocking")
                await contestant.stock()
            rows, scarce = await _compete(contestants, server, effort, options.rounds)
            floors = await measure_floors(ours, effort)
        finally:
            for contestant in contestants:
                await contestant.drop()
        figures = Figures(rows, floors, scarce, *in_process)
        return figures, server.counted


def _make_folder() -> Path:
    """One that PostgreSQL's user may enter; it stays, since the logs are in it."""
    folder = Path(mkdtemp(prefix="entrepot-bench-"))
    folder.chmod(0o755)
    return folder


async def _compete(
    contestants: Sequence[Contestant], server: Server, effort: Effort, rounds: int
) -> tuple[list[Row], dict[str, Scarce]]:
    measurements = {item.name: Measurement(item, server, effort) for item in contestants}
    titles = {item.name: item.title for item in contestants}
    samples: dict[tuple[str, str], list[Sample]] = {}
    for number in range(rounds):
        for name, measurement in measurements.items():
            async for case, sample in measurement.run_round():
                samples.setdefault((case, name), []).append(sample)
                _report_progress(f"{name}: round {number + 1}, {case}, {sample.rate:,.1f}/s")
    rows = [summarize(case, name, titles[name], taken) for (case, name), taken in samples.items()]
    scarce = {}
    if SCARCE in effort.cases:
        scarce = {name: await measurement.sell_scarce() for name, measurement in measurements.items()}
    return sorted(rows, key=lambda row: CASES.index(row.case)), scarce


def _report_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _check_machine() -> None:
    """Leave one core to the shops; raises DidNotStart where there are not two."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:  # noqa: PLR2004 - two cores
        raise DidNotStart("The benchmark needs Linux and two cores: one for the shop, one for load and PostgreSQL.")
    os.sched_setaffinity(0, {LOAD_CORE})


def _ask_version(program: str) -> str:
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
