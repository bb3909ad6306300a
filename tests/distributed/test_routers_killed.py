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

from tests.support.buying import WATCH, fill_cart, find_variant, place_order, register, watch
from tests.support.clients import GraphQLClient
from tests.support.faults.shopping import SKU, Shoppers
from tests.support.followers import FINAL, Asking, Follower, Following
from tests.support.mesh import Shop
from tests.support.protocol_clients import need_programs
from tests.support.restocking import restock
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
    stuck = [await place_stuck(customer, variant["id"]) for _ in range(4)]
    programs = need_programs(f"127.0.0.1:{up.variables['HAPROXY_PORT']}")
    following = Following([Follower(customer, order, by_events) for order in stuck for by_events in (True, False)])
    asking = [Asking(shop.client) for _ in range(4)]
    plenty = await restock(await shop.login("admin@example.com"), SKU)
    await shop.running.wait_until_idle()
    shoppers = Shoppers(shop.client, f"routers-{uuid.uuid4().hex[:8]}", plenty, rate=1.0)
    await shoppers.arrive()
    real = asyncio.create_task(programs.run("socket", "follow", seconds=600, **options_of(customer, stuck[0])))
    tasks = [asyncio.create_task(each.ask_on()) for each in asking]
    tasks.append(asyncio.create_task(following.follow_purchases(shoppers)))
    buying = asyncio.create_task(shoppers.buy_steadily())
    try:
        for number in range(kills):
            await kill(up, shop, ROUTERS[number % 2])
        shoppers.leave()
        await buying
        for order in stuck:
            await cancel(customer, order)
        async with asyncio.timeout(_PATIENCE):
            await following.finish(shoppers)
            seen_by_real = await real
    finally:
        shoppers.leave()
        for task in (*tasks, buying, real):
            task.cancel()
        await asyncio.gather(*tasks, buying, real, return_exceptions=True)
        await following.close()
    assert [failure for each in asking for failure in each.failures] == []
    for follower in following.followers:
        assert list_changes(follower.seen) == list_changes(await watch(follower.client, follower.order_id))
    assert list_changes(seen_by_real["seen"]) == list_changes(await watch(customer, stuck[0]))
    breaks = sum(sum(each.breaks.values()) for each in following.followers)
    # Each router that dies takes its share of the streams with it.
    assert breaks >= kills
    seen = sum(len(each.seen) for each in following.followers)
    counter = 'haproxy_backend_retry_warnings_total{proxy="routers"'
    metrics = await read_metrics(shop.client.session, up)
    repeated = sum(float(line.split()[-1]) for line in metrics if line.startswith(counter))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{kills} kills: {sum(each.answered for each in asking)} queries answered, 0 failed; "
            f"{repeated:.0f} requests sent to another router; "
            f"{len(shoppers.purchases)} orders placed, asked again {shoppers.retries.total()} times; "
            f"{breaks} streams broke off, {seen} statuses seen, 0 missed, 0 twice; "
            f"graphql-ws connected again {seen_by_real['breaks']} times\n"
        )


async def place_stuck(customer: GraphQLClient, variant: str) -> str:
    return str((await place_order(customer, await fill_cart(customer, variant), "tok_stuck"))["id"])


def options_of(customer: GraphQLClient, order: str) -> dict[str, Any]:
    """What the program of graphql-ws is told."""
    parameters = {"Authorization": f"Bearer {customer.token}"}
    return {"query": WATCH, "order": order, "final": sorted(FINAL), "connectionParams": parameters}


async def read_metrics(session: aiohttp.ClientSession, up: UpProcess) -> list[str]:
    """What HAProxy says of itself, line by line."""
    async with session.get(f"http://127.0.0.1:{up.variables['HAPROXY_METRICS_PORT']}/metrics") as response:
        return (await response.text()).splitlines()


def list_changes(seen: list[dict[str, Any]]) -> list[tuple[int, str, str, str]]:
    """What was told of the order itself; the rest is as it was when it was told."""
    names = ("position", "status", "paymentStatus", "fulfilmentStatus")
    return [tuple(change[name] for name in names) for change in seen]  # type: ignore[misc]  # four of them


async def kill(up: UpProcess, shop: Shop, router: str) -> None:
    """End the router at once, and return when it takes requests again; not before the pace allows."""
    pace = asyncio.create_task(asyncio.sleep(_SECONDS))
    process = up.process_of(router)
    os.kill(process, signal.SIGKILL)
    session = shop.client.session
    # The other one is next, so both have to know better: HAProxy may not have noticed yet that this one was gone.
    up_again = f'haproxy_server_status{{proxy="routers",server="{router}",state="UP"}} 1'
    async with asyncio.timeout(_PATIENCE):
        while not (await is_ready(session, up, router) and up_again in await read_metrics(session, up)):
            await asyncio.sleep(_LOOK)
    await pace


async def is_ready(session: aiohttp.ClientSession, up: UpProcess, router: str) -> bool:
    """Whether the router says itself that it takes requests."""
    address = up.environment_of("haproxy")[router.upper().replace("-", "_")]
    try:
        async with session.get(f"http://{address}/health/ready") as response:
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
