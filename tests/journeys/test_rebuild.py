"""A read model that is rebuilt holds what its publisher says, whether the shop runs meanwhile or not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from entrepot.commands.rebuild import ReadModelUnknown, rebuild_embedded
from entrepot.shared.db import Database
from entrepot.shared.events.event import read_envelope
from entrepot.shared.events.operations.read_models import ReadModel
from entrepot.shared.events.tables import PUBLISHED_STATE
from entrepot.subgraphs.carts.models import Variant
from entrepot.subgraphs.orders.models import CartSnapshot
from entrepot.subgraphs.registry import SUBGRAPHS, load
from tests.support.buying import fill_cart, find_variant, place_order, register
from tests.support.mesh import Shop, open_shop

MODELS = {f"{name}.{model.name}": model for name in SUBGRAPHS for model in load(name).read_models}


async def read(database: Database, model: ReadModel) -> list[Any]:
    """The rows of its table, without when they arrived."""
    async with database.read() as session:
        columns = [column for column in model.table.c if column.name != "changed_at"]
        return sorted((tuple(row) for row in await session.execute(select(*columns))), key=repr)


async def trade(shop: Shop) -> None:
    customer = await register(shop.client, "ada@rebuild.example")
    variant = await find_variant(customer, "PRESS-DOCK-1L")
    for quantity in (1, 2):
        await place_order(customer, await fill_cart(customer, variant["id"], quantity))
    await shop.running.wait_until_idle()


async def spoil(shop: Shop, **variants: Any) -> None:
    """What a fault of ours could have done to the read models."""
    async with shop.running.processes["orders"].transactions.begin() as unit:
        await unit.session.execute(delete(CartSnapshot))
    async with shop.running.processes["carts"].transactions.begin() as unit:
        await unit.session.execute(update(Variant).values(product_name="nonsense", **variants))


async def test_every_read_model_is_as_before(tmp_path: Path) -> None:
    before: dict[str, Any] = {}
    async with open_shop(tmp_path) as shop:
        await trade(shop)
        for name, model in MODELS.items():
            before[name] = await read(shop.running.processes[name.partition(".")[0]].database, model)
        assert all(before.values())
        await spoil(shop, prices=[])
    for name in MODELS:
        assert await rebuild_embedded(tmp_path, name) > 0
    async with open_shop(tmp_path) as shop:
        for name, model in MODELS.items():
            assert await read(shop.running.processes[name.partition(".")[0]].database, model) == before[name]


async def test_is_rebuilt_beside_the_running_shop(tmp_path: Path) -> None:
    """As another process does it: by what is in the database alone."""
    async with open_shop(tmp_path) as shop:
        await trade(shop)
        await spoil(shop)
        customer = await register(shop.client, "eve@rebuild.example")
        variant = await find_variant(customer, "PRESS-DOCK-1L")
        rebuilt = [asyncio.create_task(rebuild_embedded(tmp_path, name)) for name in MODELS]
        while not all(task.done() for task in rebuilt):
            await fill_cart(customer, variant["id"], 1)
        assert all([await task > 0 for task in rebuilt])
        await shop.running.wait_until_idle()
        for name, model in MODELS.items():
            await compare_with_publisher(shop, name, model)
        # What was ordered of is there again.
        await place_order(customer, await fill_cart(customer, variant["id"], 1))


async def compare_with_publisher(shop: Shop, name: str, model: ReadModel) -> None:
    owner, publisher = name.partition(".")[0], model.contract.TYPE.partition(".")[0]
    processes = shop.running.processes
    async with processes[publisher].database.read() as session:
        query = select(PUBLISHED_STATE.c.envelope).where(PUBLISHED_STATE.c.type == model.contract.TYPE)
        events = [read_envelope(envelope.encode()).open() for envelope in await session.scalars(query)]
    columns = [model.table.c[key] for key in model.build_row(events[0])]
    async with processes[owner].database.read() as session:
        rows = [list(row) for row in await session.execute(select(*columns))]
    expected = [list(model.build_row(event).values()) for event in events]
    # As JSON, which knows no tuples.
    assert sorted(map(json.dumps, rows)) == sorted(map(json.dumps, expected))


async def test_what_there_is_not_cannot_be_rebuilt(tmp_path: Path) -> None:
    with pytest.raises(ReadModelUnknown, match=r"There are: carts\.variants, orders\.carts"):
        await rebuild_embedded(tmp_path, "orders.nothing")


def test_read_models_are_fed_by_their_contracts() -> None:
    for name, model in MODELS.items():
        assert model.contract in load(name.partition(".")[0]).handlers
