"""Load by wrk, and what one run of it says."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gateway.processes import LOAD_CORE, Running, pin_to

_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
_TIME = r"([\d.]+)(us|ms|s|m)"


class LoadFailed(Exception):
    """Requests were refused, broke off or timed out."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: requests a second of wall-clock, percentiles in ms, CPU in µs a request, memory in bytes at its end."""

    rate: float
    p50: float
    p99: float
    cpu: float
    resident: int


def run_load(gateway: Running, script: Path, *, seconds: int, connections: int) -> Sample:
    """Ask without a pause over `connections`, on the load's core; raises LoadFailed when an answer is an error."""
    before = gateway.cpu_seconds()
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "--latency", "-s", str(script)]
    command = [*pin_to(LOAD_CORE), "wrk", *options, gateway.url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = gateway.cpu_seconds() - before
    if "Non-2xx" in output or "Socket errors" in output:
        raise LoadFailed(output)
    requests = int(_find(r"(\d+) requests in", output)[1])
    if requests == 0:
        raise LoadFailed(f"No response arrived within {seconds} s: measure longer, or on a machine that is less busy.")
    return Sample(
        rate=float(_find(r"Requests/sec:\s+([\d.]+)", output)[1]),
        p50=_read_time(_find(rf"50%\s+{_TIME}", output)),
        p99=_read_time(_find(rf"99%\s+{_TIME}", output)),
        cpu=spent / requests * 1e6,
        resident=gateway.resident_bytes(),
    )


def _find(pattern: str, output: str) -> re.Match[str]:
    found = re.search(pattern, output)
    if found is None:
        raise LoadFailed(f"wrk said something else than expected:\n{output}")
    return found


def _read_time(match: re.Match[str]) -> float:
    return float(match[1]) * _UNITS[match[2]]
