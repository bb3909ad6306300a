"""`entrepot audit`: what it prints and how it exits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import text

from entrepot.cli import main
from entrepot.shared.audit import SYSTEM, AuditEntry, Chaining, record
from tests.shared.conftest import empty_postgres
from tests.support.audit import KEY, tamper, wait_for_others
from tests.support.subgraphs import SubgraphUnderTest, open_subgraph

COUNT = 3
TEXT_KEY = KEY.decode()


def in_orders(folder: Path, work: Callable[[SubgraphUnderTest], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        async with open_subgraph("orders", folder) as orders:
            await work(orders)

    asyncio.run(run())


async def fill(orders: SubgraphUnderTest, key: bytes | None = None) -> None:
    async with orders.transactions.begin() as unit:
        entries = [
            AuditEntry(actor=SYSTEM, action="confirmOrder", object_type="Order", object_id=f"ord_{number}")
            for number in range(COUNT)
        ]
        await record(unit, *entries)
    await wait_for_others(orders.process.database)
    await Chaining(key).run(orders.transactions)


async def fill_signed(orders: SubgraphUnderTest) -> None:
    await fill(orders, KEY)


async def change(orders: SubgraphUnderTest) -> None:
    await tamper(orders.process.database, "UPDATE audit_log SET actor = 'usr_x' WHERE object_id = 'ord_1'")


async def cut(orders: SubgraphUnderTest) -> None:
    await tamper(
        orders.process.database,
        "DELETE FROM audit_log WHERE object_id = 'ord_2'",
        "DELETE FROM audit_chain WHERE position = 3",
        "UPDATE audit_head SET position = 2, hash = (SELECT hash FROM audit_chain WHERE position = 2)",
    )


def audit(folder: Path, *words: str) -> int:
    return main(["audit", *words, "--data", str(folder)])


def test_a_whole_chain_and_a_changed_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_orders(tmp_path, fill)
    assert audit(tmp_path, "verify", "orders") == 0
    assert capsys.readouterr().out == "orders: 3 chained entries checked, no findings.\n"
    in_orders(tmp_path, change)
    assert audit(tmp_path, "verify", "orders") == 1
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.startswith("orders: position 2, entry aud_")
    assert first.endswith(": changed: the entry is not the one that was linked")
    assert second == "orders: 3 chained entries checked, 1 findings."
    assert third.startswith("1 findings.")


def test_a_head_that_is_kept_outside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    in_orders(tmp_path, fill)
    assert audit(tmp_path, "head", "orders") == 0
    printed = capsys.readouterr().out
    head = json.loads(printed)["orders"]
    assert (head["position"], len(head["hash"]), head["signature"]) == (COUNT, 64, None)
    kept = tmp_path / "heads.json"
    kept.write_text(printed)
    assert audit(tmp_path, "verify", "orders", "--head", str(kept)) == 0
    in_orders(tmp_path, cut)
    assert audit(tmp_path, "verify", "orders") == 0
    assert audit(tmp_path, "verify", "orders", "--head", str(kept)) == 1
    assert "the chain ends at 2, before the head that was kept outside (3)" in capsys.readouterr().out


def test_signatures(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_AUDIT_KEY", TEXT_KEY)
    in_orders(tmp_path, fill_signed)
    assert audit(tmp_path, "verify", "orders") == 0
    monkeypatch.setenv("ENTREPOT_AUDIT_KEY", TEXT_KEY[::-1])
    assert audit(tmp_path, "verify", "orders") == 1
    assert "the head is not signed with the key" in capsys.readouterr().out
    assert audit(tmp_path, "sign", "orders") == 0
    assert capsys.readouterr().out.endswith("orders: the head at 3 is signed.\n")
    assert audit(tmp_path, "verify", "orders") == 0
    in_orders(tmp_path, change)
    assert audit(tmp_path, "sign", "orders") == 1
    assert "AUDIT_CHAIN_BROKEN" in capsys.readouterr().err


def test_what_is_not_chained_yet_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def write(orders: SubgraphUnderTest) -> None:
        await fill(orders)
        async with orders.transactions.begin() as unit:
            await record(unit, AuditEntry(actor=SYSTEM, action="a", object_type="Order", object_id="ord_9"))

    in_orders(tmp_path, write)
    assert audit(tmp_path, "verify", "orders") == 0
    assert capsys.readouterr().out.endswith("no findings; 1 are not chained yet.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify", "nothing"], "There is no subgraph 'nothing'"),
        (["verify", "orders"], "There is no database"),
        (["head", "orders", "--head", "x"], "--head is an option of `entrepot audit verify`"),
        (["verify", "orders", "--head", "missing.json"], "missing.json: No such file"),
    ],
)
def test_what_cannot_be_done_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert audit(tmp_path, *words) == 1
    assert said in capsys.readouterr().err


def test_keys_and_files_that_are_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_orders(tmp_path, fill)
    for name, value, said in (
        ("KEY", "short", "needs at least 32"),
        ("KEY_FILE", str(tmp_path / "missing"), "cannot be read"),
        ("KEYS", "x", "did you mean ENTREPOT_AUDIT_KEY"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(f"ENTREPOT_AUDIT_{name}", value)
            assert audit(tmp_path, "verify", "orders") == 1
            assert said in capsys.readouterr().err
    assert audit(tmp_path, "sign", "orders") == 1
    assert "There is no key to sign with" in capsys.readouterr().err
    heads = tmp_path / "heads.json"
    for content, said in (("[", "is no output of"), ("{}", "has no head of orders")):
        heads.write_text(content)
        assert audit(tmp_path, "verify", "orders", "--head", str(heads)) == 1
        assert said in capsys.readouterr().err

    async def drop(orders: SubgraphUnderTest) -> None:
        async with orders.process.database.write_schema() as session:
            await session.execute(text("DROP TABLE audit_log"))

    in_orders(tmp_path, drop)
    assert audit(tmp_path, "verify", "orders") == 1
    assert "Migrate it first" in capsys.readouterr().err


def test_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    async def run() -> str:
        async with empty_postgres() as url:
            with TemporaryDirectory() as folder:
                async with open_subgraph("orders", Path(folder), url=url) as orders:
                    await fill(orders)
            words = ["audit", "verify", "orders", "--database-url", url]
            assert await asyncio.to_thread(main, words) == 0
            return url

    url = asyncio.run(run())
    assert capsys.readouterr().out == "orders: 3 chained entries checked, no findings.\n"
    assert main(["audit", "verify", "orders", "--database-url", url]) == 1
    assert "entrepot audit: DATABASE_REFUSED: PostgreSQL at " in capsys.readouterr().err
