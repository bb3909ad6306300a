"""The distributed shop under load while something is done to it, and the row that tells how it came through."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text

from entrepot.shared.db import DatabaseUnavailable
from tests.support.clients import GraphQLClient
from tests.support.faults.books import check_books
from tests.support.faults.proxy import DatabaseProxy
from tests.support.faults.shopping import SKU, Purchase, Shoppers
from tests.support.mesh import Shop
from tests.support.restocking import restock
from tests.support.up import ObservedShop, UpProcess, visit

_LOOK: Final = 0.2
_RECOVERY_SECONDS: Final = 180.0


@dataclass(frozen=True)
class World:
    """The shop, the proxy before its databases, and somebody who may do everything."""

    up: UpProcess
    proxy: DatabaseProxy
    shop: Shop
    admin: GraphQLClient
    variant: str

    @property
    def running(self) -> ObservedShop:
        running: ObservedShop = self.shop.running
        return running

    def signal(self, service: str, number: signal.Signals) -> None:
        """Send the signal to a service's process, to all of its group where it is one that stops or goes on."""
        send = os.killpg if number in (signal.SIGSTOP, signal.SIGCONT) else os.kill
        send(self.up.process_of(service), number)

    async def wait_for_another(self, service: str, process: int) -> None:
        """Return when the service has been started again."""
        async with asyncio.timeout(_RECOVERY_SECONDS):
            while True:
                try:
                    if self.up.process_of(service) != process:
                        return
                except (FileNotFoundError, ValueError):
                    pass
                await asyncio.sleep(_LOOK)


Action = Callable[[World], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """What is done to the shop, and undone, before `bring_about` returns; `tidy` removes what it rightly left.

    `excused` are reasons for which orders that could have been confirmed may be cancelled all the same.
    """

    name: str
    bring_about: Action
    tidy: Action | None = None
    excused: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcome:
    """One row of the table of faults; seconds from its end to the first order confirmed that was begun after it."""

    fault: str
    placed: int
    confirmed: int
    cancelled: int
    effects: int
    retries: dict[str, int]
    recovery: float


@asynccontextmanager
async def enter(up: UpProcess, proxy: DatabaseProxy) -> AsyncIterator[World]:
    async with visit(up) as shop:
        admin = await shop.login("admin@example.com")
        variant = await restock(admin, SKU)
        await shop.running.wait_until_idle()
        yield World(up, proxy, shop, admin, variant)


async def come_through(world: World, fault: Fault, *, rate: float, before: float = 2.0) -> Outcome:
    """Bring the fault about while customers buy; assert that everything is right in the end."""
    loop = asyncio.get_running_loop()
    shoppers = Shoppers(
        world.shop.client, f"{fault.name}-{uuid.uuid4().hex[:6]}".replace(" ", "-"), world.variant, rate
    )
    await shoppers.arrive()
    buying = asyncio.create_task(shoppers.buy_steadily())
    watching = asyncio.create_task(_watch(world.running, shoppers.purchases))
    try:
        await asyncio.sleep(before)
        await fault.bring_about(world)
        undone = loop.time()
        recovered = await _first_confirmed_after(undone, shoppers.purchases, buying)
        shoppers.leave()
        await buying
        await world.running.wait_until_idle()
        async with asyncio.timeout(_RECOVERY_SECONDS):
            while any(purchase.ended is None for purchase in shoppers.purchases):
                await asyncio.sleep(_LOOK)
    finally:
        shoppers.leave()
        for task in (buying, watching):
            task.cancel()
        await asyncio.gather(buying, watching, return_exceptions=True)
    for purchase in shoppers.purchases:
        wanted = "CANCELLED" if purchase.token == "tok_declined" else "CONFIRMED"
        assert purchase.status == wanted or purchase.reason in fault.excused, purchase
    if fault.tidy is not None:
        await fault.tidy(world)
        await world.running.wait_until_idle()
    effects = await check_books(world.running)
    ends = [purchase.status for purchase in shoppers.purchases]
    return Outcome(
        fault=fault.name,
        placed=len(ends),
        confirmed=ends.count("CONFIRMED"),
        cancelled=ends.count("CANCELLED"),
        effects=effects,
        retries=dict(shoppers.retries),
        recovery=recovered - undone,
    )


async def _watch(shop: ObservedShop, purchases: list[Purchase]) -> None:
    """Note how orders end, as soon as it is seen."""
    loop = asyncio.get_running_loop()
    database = shop.processes["orders"].database
    statement = text(
        "SELECT id, status, cancel_reason FROM orders WHERE id = ANY(:ids) AND status IN ('CONFIRMED', 'CANCELLED')"
    )
    while True:
        open_ones = {each.order_id: each for each in purchases if each.order_id and each.ended is None}
        found: Any = ()
        try:
            async with asyncio.timeout(_RECOVERY_SECONDS), database.read() as session:
                found = (await session.execute(statement, {"ids": list(open_ones)})).all()
        except DatabaseUnavailable:
            pass  # It is one of the things that are taken away.
        for order_id, status, reason in found:
            ended = open_ones[order_id]
            ended.status, ended.reason, ended.ended = status, reason, loop.time()
        await asyncio.sleep(_LOOK)


async def _first_confirmed_after(moment: float, purchases: list[Purchase], buying: asyncio.Task[None]) -> float:
    async with asyncio.timeout(_RECOVERY_SECONDS):
        while True:
            if buying.done():
                await buying
            ends = [each.ended for each in purchases if each.begun > moment and each.status == "CONFIRMED"]
            if ends:
                return min(end for end in ends if end is not None)
            await asyncio.sleep(_LOOK)
