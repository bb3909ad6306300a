"""The placement saga, its process killed at every point that its table names, and started again.

The points are enumerated from the saga's declaration: before and after the commit and the publication of every command
and reply of every step. A new step brings its points with it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.clock import SystemClock
from entrepot.shared.environment import Environment
from entrepot.shared.randomness import SystemRandomness
from tests.support.killing import Executioner
from tests.support.purchases import PATIENCE, POINTS, buy_everything, check_ends, open_purchases
from tests.support.tree import ROOT

SLICE = POINTS[:: len(POINTS) // 3]


# What a killed process held open is closed by nobody: here the garbage collector finds it, and says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("point", POINTS)
async def test_every_order_ends_right(point: str, tmp_path: Path) -> None:
    survivor = asyncio.current_task()
    assert survivor is not None
    executioner = Executioner(point, survivor)
    doomed = await open_purchases(tmp_path, Environment.of(SystemClock(), SystemRandomness(), executioner))
    sent: dict[str, Any] = {}
    customer = asyncio.create_task(buy_everything(doomed, sent))
    async with asyncio.timeout(PATIENCE):
        await executioner.killed.wait()
    await asyncio.wait([customer])
    await doomed.close()
    await restart(tmp_path, sent)


@pytest.mark.parametrize("point", SLICE)
async def test_after_a_real_kill(point: str, tmp_path: Path) -> None:
    await kill_for_real(point, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("point", [point for point in POINTS if point not in SLICE])
async def test_after_a_real_kill_at_any_point(point: str, tmp_path: Path) -> None:
    await kill_for_real(point, tmp_path)


async def kill_for_real(point: str, folder: Path) -> None:
    """The same with `kill -9` of a process of its own."""
    program = [
        sys.executable,
        "-m",
        "tests.support.doomed_shop",
        str(folder / "data"),
        point,
        str(folder / "sent.json"),
    ]
    doomed = await asyncio.create_subprocess_exec(*program, cwd=ROOT)
    async with asyncio.timeout(2 * PATIENCE):
        assert await doomed.wait() == -signal.SIGKILL
    await restart(folder / "data", json.loads((folder / "sent.json").read_text()))


async def restart(folder: Path, sent: dict[str, Any]) -> None:
    shop = await open_purchases(folder, Environment.system())
    try:
        await check_ends(shop, sent)
    finally:
        await shop.close()
