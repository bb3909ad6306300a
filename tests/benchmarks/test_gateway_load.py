"""What the gateway benchmark reads from wrk: a sample, or the reason why there is none."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks.gateway.load import LoadFailed, Sample, run_load
from benchmarks.gateway.processes import Running

OUTPUT = """  Latency Distribution
     50%   66.60ms
     75%   70.10ms
     90%   80.00ms
     99%    1.20s
  {requests} requests in 2.00s, 33.20MB read
{remark}Requests/sec:    191.50
"""


def measure(monkeypatch: pytest.MonkeyPatch, *, requests: int = 383, remark: str = "") -> Sample:
    output = OUTPUT.format(requests=requests, remark=remark)

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 0, output, "")

    monkeypatch.setattr(subprocess, "run", run)
    return run_load(Running(os.getpid(), "http://127.0.0.1:6700"), Path("big.lua"), seconds=2, connections=50)


def test_rate_and_percentiles_are_read_in_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = measure(monkeypatch)
    assert (sample.rate, sample.p50, sample.p99) == (191.5, 66.6, 1200.0)
    assert sample.resident > 0


def test_a_run_without_any_response_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LoadFailed, match="No response arrived within 2 s: measure longer"):
        measure(monkeypatch, requests=0)


@pytest.mark.parametrize(
    "remark", ["  Non-2xx or 3xx responses: 3\n", "  Socket errors: connect 0, read 1, timeout 2\n"]
)
def test_errors_of_responses_or_connections_fail_the_run(monkeypatch: pytest.MonkeyPatch, remark: str) -> None:
    with pytest.raises(LoadFailed, match=remark.strip()):
        measure(monkeypatch, remark=remark)
