"""The shop's own subscription with the client that most applications use: an order's history, whole for everyone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.buying import WATCH, fill_cart, find_variant, place_order, watch
from tests.support.mesh import Shop, open_shop
from tests.support.protocol_clients import need_programs


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as shop:
        yield shop


@pytest.mark.node
async def test_everyone_who_follows_an_order_gets_its_whole_history(shop: Shop) -> None:
    programs = need_programs(shop.client.url.removeprefix("http://").removesuffix("/graphql"))
    ada = await shop.login("ada@example.com")
    variant = await find_variant(ada, "PRESS-DOCK-1L")
    order = await place_order(ada, await fill_cart(ada, variant["id"]))
    history = await watch(ada, order["id"])
    payload = {"query": WATCH, "variables": {"id": order["id"], "after": 0}}
    params = {"authorization": f"Bearer {ada.token}"}
    seen = await programs.run("socket", "taken", payloads=[payload] * 4, count=len(history), connectionParams=params)
    positions = [change["position"] for change in history]
    assert positions == sorted(set(positions))
    for results in seen:
        changes = [result["data"]["orderStatusChanged"] for result in results]
        assert [(change["position"], change["status"]) for change in changes] == [
            (change["position"], change["status"]) for change in history
        ]
