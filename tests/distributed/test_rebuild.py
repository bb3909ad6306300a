"""A read model rebuilt while the whole shop runs, also when its worker is killed half-way; its database is enough."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from typing import Any

from sqlalchemy import delete, select, text, update

from entrepot.subgraphs.orders.models import CartSnapshot
from tests.support.buying import fill_cart, find_variant, register
from tests.support.mesh import Shop
from tests.support.tree import ROOT
from tests.support.up import UpProcess

_PATIENCE = 90.0
_WORKER = "worker-orders"


async def begin_rebuild(up: UpProcess) -> asyncio.subprocess.Process:
    """With the variables of the subgraph's own worker: nobody else's database is named in them."""
    environ = {**os.environ, **up.environment_of(_WORKER)}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "entrepot.cli", "rebuild", "orders.carts", "--distributed"),
        env=environ,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def read_snapshots(shop: Shop) -> list[tuple[Any, ...]]:
    async with shop.running.processes["orders"].database.read() as session:
        # All but when they arrived.
        columns = [column for column in CartSnapshot.__table__.c if column.name != "changed_at"]
        return sorted((tuple(row) for row in await session.execute(select(*columns))), key=repr)


async def spoil(shop: Shop) -> list[tuple[Any, ...]]:
    """What the read model held before it was spoiled."""
    customer = await register(shop.client, f"{uuid.uuid4().hex}@rebuild.example")
    variant = await find_variant(customer, "PRESS-DOCK-1L")
    for quantity in (1, 2):
        await fill_cart(customer, variant["id"], quantity)
    await shop.running.wait_until_idle()
    before = await read_snapshots(shop)
    assert before
    async with shop.running.processes["orders"].transactions.begin() as unit:
        await unit.session.execute(update(CartSnapshot).values(currency="XXX"))
        await unit.session.execute(delete(CartSnapshot).where(CartSnapshot.cart_id == before[0][0]))
    return before


async def test_is_rebuilt_beside_the_running_shop(up: UpProcess, shop: Shop) -> None:
    before = await spoil(shop)
    process = await begin_rebuild(up)
    customer = await register(shop.client, f"{uuid.uuid4().hex}@rebuild.example")
    variant = await find_variant(customer, "PRESS-DOCK-1L")
    meanwhile = 0
    while process.returncode is None:
        await fill_cart(customer, variant["id"], 1)
        meanwhile += 1
    assert process.stdout is not None
    said = (await process.stdout.read()).decode()
    assert (process.returncode, "orders.carts is rebuilt from" in said) == (0, True), said
    await shop.running.wait_until_idle()
    await wait_for_rows(shop, len(before) + meanwhile)
    rows = {row[0]: row for row in await read_snapshots(shop)}
    assert {cart: rows[cart] for cart, *_ in before} == {row[0]: row for row in before}


async def wait_for_rows(shop: Shop, count: int) -> None:
    async with asyncio.timeout(_PATIENCE):
        while len(await read_snapshots(shop)) < count:
            await asyncio.sleep(0.1)


async def test_a_killed_worker_is_followed_by_the_next(up: UpProcess, shop: Shop) -> None:
    before = await spoil(shop)
    # It stands still before it can take a step, and is killed there: another one takes the steps.
    os.kill(up.process_of(_WORKER), signal.SIGSTOP)
    process = await begin_rebuild(up)
    async with asyncio.timeout(_PATIENCE):
        while await read_status(shop) != "REQUESTED":
            await asyncio.sleep(0.1)
    os.kill(up.process_of(_WORKER), signal.SIGKILL)
    async with asyncio.timeout(_PATIENCE):
        assert await process.wait() == 0
    await shop.running.wait_until_idle()
    rows = {row[0]: row for row in await read_snapshots(shop)}
    assert {cart: rows[cart] for cart, *_ in before} == {row[0]: row for row in before}


async def read_status(shop: Shop) -> str | None:
    async with shop.running.processes["orders"].database.read() as session:
        status: str | None = await session.scalar(text("SELECT status FROM rebuilds WHERE model = 'carts'"))
        return status
