"""Reads in process, of this commit and of another one in a folder beside it, one after the other."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.gateway.processes import GATEWAY_CORE, DidNotStart, pin_to

_ROOT: Final = Path(__file__).parents[2]
Costs = Mapping[str, float]


async def measure_in_process(
    other: Path | None, cases: Sequence[str], folder: Path, seconds: float
) -> tuple[Costs, Costs, Costs]:
    """CPU in ms per read of ours, of bare SQL on our tables, and of the other commit; raises DidNotStart."""
    if not cases:
        return {}, {}, {}
    older = {} if other is None else await asyncio.to_thread(_run, other, cases, folder / "embedded-older", seconds)
    ours = await asyncio.to_thread(_run, _ROOT, cases, folder / "embedded", seconds)
    return ours["shop"], ours["floor"], older.get("shop", {})


def _run(commit: Path, cases: Sequence[str], folder: Path, seconds: float) -> Mapping[str, Costs]:
    command = [*pin_to(GATEWAY_CORE), sys.executable, "-m", "benchmarks.shop.inprocess", str(folder), str(seconds)]
    # The commit's own modules come first; it need not have this benchmark.
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(commit), str(_ROOT)))}
    done = subprocess.run([*command, *cases], cwd=commit, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DidNotStart(f"The shop of {commit} cannot be measured in process: {done.stderr[-3000:]}")
    costs: Mapping[str, Costs] = json.loads(done.stdout)
    return costs
