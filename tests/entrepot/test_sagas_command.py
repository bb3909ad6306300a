"""`entrepot sagas`: pause, shift and resume, as after a restore."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from entrepot.cli import main
from entrepot.shared.events.saga.saga import find_overdue
from entrepot.shared.events.tables import SAGAS
from entrepot.subgraphs.orders.placement import PLACEMENT
from tests.support.subgraphs import open_subgraph


async def overdue(folder: Path, *, fill: bool = False) -> int:
    async with open_subgraph("orders", folder) as orders:
        now = orders.clock.now()
        if fill:
            async with orders.process.database.write() as session:
                row = {"name": PLACEMENT.name, "key": "ord_1", "status": "RUNNING", "step": "reserve", "data": {}}
                row |= {"attempts": 0, "version": 1, "created_at": now, "updated_at": now}
                await session.execute(SAGAS.insert(), row | {"deadline": now - timedelta(seconds=60)})
                await session.commit()
        async with orders.transactions.begin() as unit:
            return len(await find_overdue(unit, PLACEMENT, 10))


def sagas(folder: Path, *words: str) -> int:
    return main(["sagas", *words, "--data", str(folder)])


def test_they_are_paused_shifted_and_resumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asyncio.run(overdue(tmp_path, fill=True)) == 1
    assert sagas(tmp_path, "pause", "orders") == 0
    assert capsys.readouterr().out == "orders: deadlines of sagas do not count until `entrepot sagas resume`.\n"
    assert asyncio.run(overdue(tmp_path)) == 0
    assert sagas(tmp_path, "resume", "orders") == 0
    assert asyncio.run(overdue(tmp_path)) == 1
    assert sagas(tmp_path, "shift-deadlines", "orders", "--by", "120") == 0
    assert "orders: 1 deadlines are 120 s later." in capsys.readouterr().out
    assert asyncio.run(overdue(tmp_path)) == 0
    assert sagas(tmp_path, "resume", "orders") == 0
    assert capsys.readouterr().out == "orders: sagas were not paused.\n"


def test_a_shift_says_by_how_much(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sagas(tmp_path, "shift-deadlines", "orders") == 1
    assert "--by SECONDS" in capsys.readouterr().err
