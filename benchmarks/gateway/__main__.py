"""`python -m benchmarks.gateway`: ours beside other gateways; 1 when a target is missed, 2 when it cannot run.

The gateway that is measured has one core for itself, the load and the subgraphs another. The gateways take turns, so
that whatever else the machine does meets all of them, and each begins when the one before has come to rest.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.gateway.gateways import PEERS, Gateway, list_gateways, run_gateway, run_subgraphs
from benchmarks.gateway.load import LoadFailed, Sample, run_load
from benchmarks.gateway.processes import DidNotStart, Running, ask, wait_until_idle
from benchmarks.gateway.report import Row, build_report, draw_plot, print_table, summarize
from benchmarks.gateway.workload import Workload, WorkloadMissing, find_public_workload, prepare_workload

_WARM_UP_SECONDS = 4
_SETTLE_SECONDS = 0.5


class AnswersDiffer(Exception):
    """Two gateways do not say the same, so that their figures say nothing."""


def main() -> int:
    """Measure and print; see `--help`."""
    options = _read_options()
    try:
        _check_machine()
        public = find_public_workload()
        with TemporaryDirectory() as folder:
            rows = [row for deduplicate in (False, True) for row in _measure(Path(folder), options, deduplicate)]
    except (WorkloadMissing, DidNotStart, LoadFailed, AnswersDiffer) as error:
        print(error, file=sys.stderr)
        return 2
    print(print_table(rows))
    if options.plot is not None:
        options.plot.write_text(draw_plot(rows))
    where = {
        "python": platform.python_version(),
        "node": subprocess.run([_find_node(), "--version"], capture_output=True, text=True, check=True).stdout.strip(),
        "machine": f"{platform.system()} {platform.machine()}",
        "connections": options.connections,
        "workload": f"generated from seed {options.seed}" if public is None else str(public),
    }
    report = build_report(rows, where)
    print(json.dumps(report))
    return int(not all(report["met"].values()))


def _measure(folder: Path, options: argparse.Namespace, deduplicate: bool) -> list[Row]:  # noqa: FBT001 - a row's kind
    node = _find_node()
    gateways = [item for item in list_gateways(node, options.against) if item.can_deduplicate or not deduplicate]
    subgraphs_port = _free_port()
    workload = prepare_workload(folder, subgraphs_port, options.seed)
    with contextlib.ExitStack() as stack:
        subgraphs = stack.enter_context(run_subgraphs(node, subgraphs_port, workload.folder, folder / "subgraphs.log"))
        running = {
            gateway.name: stack.enter_context(
                run_gateway(
                    gateway,
                    _free_port(),
                    workload.supergraph,
                    folder / f"{gateway.name}.log",
                    deduplicate=deduplicate,
                )
            )
            for gateway in gateways
        }
        rows: list[Row] = []
        for name in workload.requests:
            script = folder / f"{name}.lua"
            for gateway in gateways:
                wait_until_idle(running.values())
                run_load(running[gateway.name], script, seconds=_WARM_UP_SECONDS, connections=options.connections)
            wait_until_idle(running.values())
            fetches = _compare(gateways, running, workload, name, subgraphs)
            samples: dict[str, list[Sample]] = {gateway.name: [] for gateway in gateways}
            for _ in range(options.rounds):
                for gateway in gateways:
                    wait_until_idle(running.values())
                    samples[gateway.name].append(
                        run_load(
                            running[gateway.name], script, seconds=options.seconds, connections=options.connections
                        )
                    )
            _compare(gateways, running, workload, name, subgraphs)
            rows += [
                summarize(gateway, name, fetches[gateway.name], samples[gateway.name], deduplicates=deduplicate)
                for gateway in gateways
            ]
        return rows


def _compare(
    gateways: list[Gateway], running: dict[str, Running], workload: Workload, name: str, subgraphs: Running
) -> dict[str, int]:
    """The subgraph requests that each gateway makes for one query; raises AnswersDiffer."""
    answers: dict[str, dict[str, object]] = {}
    fetches: dict[str, int] = {}
    for gateway in gateways:
        before = _count(subgraphs)
        answers[gateway.name] = json.loads(ask(running[gateway.name].url, workload.requests[name]))
        fetches[gateway.name] = _count(subgraphs) - before
    first = gateways[0].name
    for other, answer in answers.items():
        if answer != answers[first] or "errors" in answer:
            raise AnswersDiffer(f"{other} answers {name} differently than {first}: no figures.")
    return fetches


def _count(subgraphs: Running) -> int:
    """The requests that the subgraphs have had, once no more come: a gateway still works on what the load left."""
    url = subgraphs.url.replace("/accounts", "/count")
    count, before = int(json.loads(ask(url))["count"]), -1
    while count != before:
        time.sleep(_SETTLE_SECONDS)
        count, before = int(json.loads(ask(url))["count"]), count
    return count


def _check_machine() -> None:
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:  # noqa: PLR2004 - two cores
        raise DidNotStart("The benchmark needs Linux and two cores: one for the gateway, one for load and subgraphs.")
    if shutil.which("wrk") is None:
        raise DidNotStart("The benchmark needs wrk: install it, such as by `apt install wrk`.")
    if not (PEERS / "node_modules").is_dir():
        raise DidNotStart("The other gateways are not installed: run `make bench-gateway`.")


def _find_node() -> str:
    node = shutil.which("node") or str(Path(sys.executable).with_name("node"))
    return str(Path(node).resolve())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-gateway", description=__doc__)
    parser.add_argument("--seconds", type=int, default=6, help="of each run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each gateway and workload; medians are printed")
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1, help="of the generated operation's data; unused with BENCH_DIR")
    parser.add_argument("--plot", type=Path, help="write a picture of the figures (SVG)")
    parser.add_argument(
        "--against", type=Path, help="another checkout of Entrepot, measured in the place of the others"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
