"""A read model made anew from the log holds what it held before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from entrepot.commands.rebuild import ReadModelUnknown, rebuild_embedded
from entrepot.shared.db import Database
from entrepot.shared.events.operations.read_models import ReadModel
from entrepot.subgraphs.carts.models import Variant
from entrepot.subgraphs.orders.models import CartSnapshot
from entrepot.subgraphs.registry import SUBGRAPHS, load
from entrepot.wiring.folder_lock import FolderInUse
from tests.support.buying import fill_cart, find_variant, place_order, register
from tests.support.mesh import Shop, open_shop

MODELS = {f"{name}.{model.name}": model for name in SUBGRAPHS for model in load(name).read_models}


async def read(database: Database, model: ReadModel) -> list[Any]:
    """The rows of its tables, without when they arrived."""
    found = []
    async with database.read() as session:
        for table in model.tables:
            columns = [column for column in table.c if column.name != "changed_at"]
            found.append(sorted((tuple(row) for row in await session.execute(select(*columns))), key=repr))
    return found


async def trade(shop: Shop) -> None:
    customer = await register(shop.client, "ada@rebuild.example")
    variant = await find_variant(customer, "PRESS-DOCK-1L")
    for quantity in (1, 2):
        await place_order(customer, await fill_cart(customer, variant["id"], quantity))
    await shop.running.wait_until_idle()


async def spoil(shop: Shop) -> None:
    """What a fault of ours could have done to the read models."""
    async with shop.running.processes["orders"].transactions.begin() as unit:
        await unit.session.execute(delete(CartSnapshot))
    async with shop.running.processes["carts"].transactions.begin() as unit:
        await unit.session.execute(update(Variant).values(product_name="nonsense", prices=[]))


async def test_every_read_model_is_as_before(tmp_path: Path) -> None:
    before: dict[str, Any] = {}
    async with open_shop(tmp_path) as shop:
        await trade(shop)
        for name, model in MODELS.items():
            before[name] = await read(shop.running.processes[name.partition(".")[0]].database, model)
        assert all(any(tables) for tables in before.values())
        await spoil(shop)
        with pytest.raises(FolderInUse):
            await rebuild_embedded(tmp_path, "orders.carts")
    for name in MODELS:
        assert await rebuild_embedded(tmp_path, name) > 0
    async with open_shop(tmp_path) as shop:
        for name, model in MODELS.items():
            assert await read(shop.running.processes[name.partition(".")[0]].database, model) == before[name]


async def test_what_there_is_not_cannot_be_rebuilt(tmp_path: Path) -> None:
    with pytest.raises(ReadModelUnknown, match=r"There are: carts\.variants, orders\.carts"):
        await rebuild_embedded(tmp_path, "orders.nothing")


def test_read_models_are_fed_by_whole_states() -> None:
    for name, model in MODELS.items():
        feeding = model.select_handlers(load(name.partition(".")[0]).handlers)
        assert feeding
        assert all(contract.IS_FULL_STATE for contract in feeding)
