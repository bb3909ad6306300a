"""`entrepot dead-letters`: what it prints, what it changes and how it exits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from entrepot.cli import main
from entrepot.shared.events.inbox.inbox import add_dead_letter
from entrepot.shared.events.tables import DEAD_LETTERS
from tests.support.subgraphs import SubgraphUnderTest, open_subgraph


def in_orders(folder: Path, work: Callable[[SubgraphUnderTest], Coroutine[Any, Any, Any]]) -> Any:
    async def run() -> Any:
        async with open_subgraph("orders", folder) as orders:
            return await work(orders)

    return asyncio.run(run())


async def fill(orders: SubgraphUnderTest) -> None:
    async with orders.process.database.write() as session:
        for number in range(3):
            await add_dead_letter(
                session,
                event_id=f"evt_{number}",
                handler="cart-changed" if number else "other",
                subject=f"crt_{number}",
                envelope=b'{"specversion":"1.0"}',
                reason="ValueError: bad\nand more",
                attempts=8,
                now=orders.clock.now(),
            )
        await session.commit()


async def states(orders: SubgraphUnderTest) -> dict[str, tuple[bool, bool]]:
    async with orders.process.database.read() as session:
        rows = await session.execute(select(DEAD_LETTERS))
    return {row.event_id: (row.retry_at is not None, row.dropped_at is not None) for row in rows}


def letters(folder: Path, *words: str) -> int:
    return main(["dead-letters", *words, "--data", str(folder)])


def test_lists_and_exports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_orders(tmp_path, fill)
    assert letters(tmp_path, "list", "orders", "--handler", "cart-changed") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[2] for line in lines] == ["evt_1", "evt_2"]
    assert lines[0].endswith("crt_1  waiting  ValueError: bad")
    file = tmp_path / "letters.jsonl"
    assert letters(tmp_path, "export", "orders", "--subject", "crt_2", "--output", str(file)) == 0
    assert "orders: 1 dead letters exported." in capsys.readouterr().err
    (line,) = file.read_text().splitlines()
    exported = json.loads(line)
    assert (exported["subgraph"], exported["eventId"], exported["reason"]) == (
        "orders",
        "evt_2",
        "ValueError: bad\nand more",
    )
    assert json.loads(exported["envelope"]) == {"specversion": "1.0"}
    assert letters(tmp_path, "list", "orders", "--newer-than", "1") == 0
    assert capsys.readouterr().out == ""


def test_drops_with_a_reason_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_orders(tmp_path, fill)
    assert letters(tmp_path, "drop", "orders") == 1
    assert "--reason TEXT" in capsys.readouterr().err
    assert letters(tmp_path, "drop", "orders", "--handler", "cart-changed", "--reason", "test data") == 0
    assert capsys.readouterr().out == "orders: 2 dead letters dropped.\n"
    assert in_orders(tmp_path, states) == {"evt_0": (False, False), "evt_1": (False, True), "evt_2": (False, True)}


def test_retries_and_waits_for_the_worker(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_orders(tmp_path, fill)
    assert letters(tmp_path, "retry", "orders", "--subject", "crt_0", "--no-wait") == 0
    assert capsys.readouterr().out == "orders: a retry of 1 dead letters is requested.\n"
    assert in_orders(tmp_path, states)["evt_0"] == (True, False)
    # Nobody works on this database.
    monkeypatch.setattr("entrepot.commands.dead_letters._PATIENCE", 0.1)
    assert letters(tmp_path, "retry", "orders", "--subject", "crt_1") == 1
    assert "no worker has retried the 1 dead letters that are left" in capsys.readouterr().out

    async def fail_again(orders: SubgraphUnderTest) -> None:
        async with orders.process.database.write() as session:
            await session.execute(update(DEAD_LETTERS).values(retry_at=None))
            await session.commit()

    in_orders(tmp_path, fail_again)
    assert letters(tmp_path, "retry", "orders", "--subject", "crt_9") == 0
    assert capsys.readouterr().out == "orders: a retry of 0 dead letters is requested.\n"
