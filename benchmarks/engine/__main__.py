"""`python -m benchmarks.engine`: a table of the engine's figures, then one line of JSON; 1 when a target is missed."""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
from pathlib import Path

from benchmarks.engine.measure import (
    Figure,
    Hostile,
    measure_composition,
    measure_hostile,
    measure_public_query,
    measure_wide_query,
)

_VERDICTS = {True: "met", False: "MISSED", None: "not measured"}


def main() -> int:
    """Measure on one core, and print."""
    cores = os.cpu_count() or 1
    is_pinned = _pin()
    composition, supergraph = measure_composition()
    figures = [composition, measure_public_query(_bench_folder()), measure_wide_query(supergraph)]
    hostile = measure_hostile(supergraph)
    where = {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": f"{platform.system()} {platform.machine()}",
        "cores": cores,
        "pinned_to_one_core": is_pinned,
    }
    _print_table(where, figures, hostile)
    print(json.dumps(_report(where, figures, hostile)))
    return int(any(figure.is_met is False for figure in figures))


def _pin() -> bool:
    """Stay on one core where the system can be told so."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return True


def _bench_folder() -> Path | None:
    folder = os.environ.get("CONFORMANCE_DIR")
    return Path(folder).resolve().parent / "bench" if folder else None


def _print_table(where: dict[str, object], figures: list[Figure], hostile: Hostile) -> None:
    print(", ".join(f"{name}: {value}" for name, value in where.items()))
    for figure in figures:
        value = "-" if figure.value is None else f"{figure.value:.2f}"
        print(f"{figure.what:<50} {value:>8} {figure.unit:<2}  under {figure.target:g}: {_VERDICTS[figure.is_met]}")
        if figure.value is None:
            print("  set CONFORMANCE_DIR to a folder beside which bench/{supergraph,query}.graphql are")
    print(f"hostile operation of {hostile.characters} characters: {hostile.outcome}")
    print(f"  in {hostile.seconds:.2f} s, at most {hostile.peak_bytes / 2**20:.1f} MiB allocated")


def _report(where: dict[str, object], figures: list[Figure], hostile: Hostile) -> dict[str, object]:
    return {
        **where,
        "figures": {figure.name: None if figure.value is None else round(figure.value, 3) for figure in figures},
        "targets": {figure.name: figure.target for figure in figures},
        "met": {figure.name: figure.is_met for figure in figures},
        "hostile": {
            "outcome": hostile.outcome,
            "seconds": round(hostile.seconds, 3),
            "peak_bytes": hostile.peak_bytes,
            "process_peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        },
    }


if __name__ == "__main__":
    sys.exit(main())
