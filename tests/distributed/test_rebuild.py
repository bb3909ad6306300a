"""A read model made anew while the rest of the shop runs, and not while its own workers do."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from typing import Any

from sqlalchemy import select, update

from entrepot.subgraphs.orders.models import CartSnapshot
from tests.support.buying import fill_cart, find_variant, register
from tests.support.mesh import Shop
from tests.support.tree import ROOT
from tests.support.up import UpProcess

_PATIENCE = 60.0
_WORKER = "worker-orders"


async def rebuild(up: UpProcess) -> tuple[int, str]:
    """The status and what was said."""
    environ = {**os.environ, **up.environment_of("worker-carts"), **up.environment_of(_WORKER)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "entrepot.cli", "rebuild", "orders.carts", "--distributed"),
        env=environ,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def read_snapshots(shop: Shop) -> list[tuple[Any, ...]]:
    async with shop.running.processes["orders"].database.read() as session:
        # All but when they arrived.
        columns = [column for column in CartSnapshot.__table__.c if column.name != "changed_at"]
        return sorted((tuple(row) for row in await session.execute(select(*columns))), key=repr)


async def test_is_as_before(up: UpProcess, shop: Shop) -> None:
    customer = await register(shop.client, f"{uuid.uuid4().hex}@rebuild.example")
    variant = await find_variant(customer, "PRESS-DOCK-1L")
    for quantity in (1, 2):
        await fill_cart(customer, variant["id"], quantity)
    await shop.running.wait_until_idle()
    before = await read_snapshots(shop)
    assert before
    status, said = await rebuild(up)
    assert status == 1
    assert "STILL_WORKING" in said
    os.kill(up.process_of(_WORKER), signal.SIGSTOP)
    try:
        async with shop.running.processes["orders"].transactions.begin() as unit:
            await unit.session.execute(update(CartSnapshot).values(currency="XXX"))
        # Until the brokers have given the worker up.
        async with asyncio.timeout(_PATIENCE):
            while (done := await rebuild(up))[0]:
                await asyncio.sleep(1)
    finally:
        os.kill(up.process_of(_WORKER), signal.SIGCONT)
    assert "orders.carts is rebuilt from" in done[1]
    assert await read_snapshots(shop) == before
    await shop.running.wait_until_idle()
