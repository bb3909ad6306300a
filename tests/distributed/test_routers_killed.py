"""Two routers behind HAProxy, one after the other killed under load: queries do not fail, streams miss nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from typing import Any

import aiohttp
import pytest

from tests.support.buying import fill_cart, find_variant, place_order, register, watch
from tests.support.clients import GraphQLClient
from tests.support.followers import Asking, Follower
from tests.support.mesh import Shop
from tests.support.up import UpProcess

ROUTERS = ("router-1", "router-2")
_SECONDS = 5.0
_PATIENCE = 60.0
_LOOK = 0.25
CANCEL = "mutation ($id: ID!) { cancelOrder(input: { orderId: $id }) { errors { __typename } } }"


@pytest.mark.parametrize("kills", [3, pytest.param(24, marks=pytest.mark.long)])
async def test_nobody_notices(up: UpProcess, shop: Shop, kills: int, capsys: pytest.CaptureFixture[str]) -> None:
    customer = await register(shop.client, f"{uuid.uuid4().hex}@routers.example")
    variant = await find_variant(customer, "TEA-ASSAM-100")
    # Payments that are never answered: their orders stay open, and are followed, for as long as routers die.
    orders = [
        (await place_order(customer, await fill_cart(customer, variant["id"]), "tok_stuck"))["id"] for _ in range(4)
    ]
    followers = [Follower(customer, order, by_events) for order in orders for by_events in (True, False)]
    asking = [Asking(shop.client) for _ in range(4)]
    following = [asyncio.create_task(each.follow()) for each in followers]
    asked = [asyncio.create_task(each.ask_on()) for each in asking]
    try:
        for number in range(kills):
            await kill(up, shop, ROUTERS[number % 2])
        for order in orders:
            await cancel(customer, order)
        await asyncio.wait_for(asyncio.gather(*following), _PATIENCE)
    finally:
        for task in (*asked, *following):
            task.cancel()
        await asyncio.gather(*asked, *following, return_exceptions=True)
    assert [failure for each in asking for failure in each.failures] == []
    breaks = sum(sum(each.breaks.values()) for each in followers)
    for follower in followers:
        assert list_changes(follower.seen) == list_changes(await watch(customer, follower.order_id))
    seen = sum(len(each.seen) for each in followers)
    # Each router that dies takes its share of the streams with it.
    assert breaks >= kills
    with capsys.disabled():
        sys.stdout.write(
            f"\n{kills} kills: {sum(each.answered for each in asking)} queries answered, 0 failed; "
            f"{breaks} streams broke off, {seen} statuses seen, 0 missed, 0 twice\n"
        )


def list_changes(seen: list[dict[str, Any]]) -> list[tuple[int, str, str, str]]:
    """What was told of the order itself; the rest is as it was when it was told."""
    names = ("position", "status", "paymentStatus", "fulfilmentStatus")
    return [tuple(change[name] for name in names) for change in seen]  # type: ignore[misc]  # four of them


async def kill(up: UpProcess, shop: Shop, router: str) -> None:
    """End the router at once, and return when it takes requests again; not before the pace allows."""
    pace = asyncio.create_task(asyncio.sleep(_SECONDS))
    process = up.process_of(router)
    os.kill(process, signal.SIGKILL)
    await asyncio.sleep(_LOOK)
    port = up.variables[f"{router.upper().replace('-', '_')}_PORT"]
    async with asyncio.timeout(_PATIENCE):
        while not await is_ready(shop.client.session, f"http://127.0.0.1:{port}/health/ready"):
            await asyncio.sleep(_LOOK)
    await pace


async def is_ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def cancel(customer: GraphQLClient, order: str) -> None:
    """Cancelling twice is cancelling once: whoever had no answer may ask again."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            try:
                await customer.data(CANCEL, id=order)
            except (aiohttp.ClientError, ValueError):
                await asyncio.sleep(_LOOK)
            else:
                return
