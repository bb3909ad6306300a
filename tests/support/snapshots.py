"""A publisher of carts, and consumers that keep them in read models, each on a database of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, select

from entrepot.shared.db import new_metadata, upsert_newest
from entrepot.shared.events import Consumer, Handler, MemoryBus, Relay, UnitOfWork
from entrepot.shared.events.contracts.carts import CartChanged
from entrepot.shared.events.contracts.snapshots import SnapshotRequested
from entrepot.shared.events.operations.read_models import ReadModel
from entrepot.shared.events.snapshots.rebuilding import Rebuilds, RebuildStatus, read_rebuild, request_rebuild
from entrepot.shared.events.snapshots.sending import SnapshotSender, build_request_handler
from tests.support.clock import ManualClock
from tests.support.kernel import Kernel, LeapingClock, open_kernel

TABLES: Final = new_metadata()
SEEN_CARTS: Final = Table(
    "seen_carts",
    TABLES,
    Column("id", String(48), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("problems", JSON, nullable=False),
    Index("ix_seen_carts_status", "status"),
)
NAMED_CARTS: Final = Table(
    "named_carts",
    TABLES,
    Column("id", String(48), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("problems", JSON, nullable=False),
)
"""The same, and other rows refer to it."""
NOTES: Final = Table(
    "notes", TABLES, Column("id", Integer, primary_key=True), Column("cart_id", ForeignKey("named_carts.id"))
)


def build_row(event: CartChanged) -> dict[str, Any]:
    return {
        "id": event.cart_id,
        "revision": event.revision,
        "status": event.status,
        "problems": list(event.problems),
    }


SEEN: Final = ReadModel("seen", SEEN_CARTS, CartChanged, build_row)


def cart_changed(number: int, revision: int) -> CartChanged:
    """A cart whose content follows from its number and revision."""
    return CartChanged(
        cart_id=f"crt_{number:07d}",
        revision=revision,
        status="ACTIVE" if revision % 2 else "ABANDONED",
        owner_id=None,
        channel="default",
        currency="EUR",
        lines=(),
        problems=(f"{number}:{revision}",),
    )


@dataclass
class Publisher:
    """Publishes carts, relays them, and sends snapshots on request."""

    kernel: Kernel
    bus: MemoryBus
    revisions: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.relay = Relay("carts", self.kernel.database, self.bus, self.kernel.environment)
        self.sender = SnapshotSender(self.bus)

    async def publish(self, numbers: Sequence[int]) -> None:
        """The next revision of each cart, in one unit of work."""
        async with self.kernel.transactions.begin() as unit:
            for number in numbers:
                self.revisions[number] = self.revisions.get(number, 0) + 1
                unit.publish(cart_changed(number, self.revisions[number]))

    async def listen(self) -> None:
        handlers = {SnapshotRequested: (build_request_handler((CartChanged.TYPE,)),)}
        await Consumer(handlers, self.kernel.transactions).start(self.bus)

    async def deliver(self) -> None:
        while await self.relay.send_due():
            pass

    async def send_pages(self, most: int | None = None) -> int:
        """Pages that were sent: all that are due, or some of them."""
        sent = 0
        while (most is None or sent < most) and await self.sender.run(self.kernel.transactions):
            sent += 1
        return sent


@dataclass
class Reader:
    """A consumer of carts with a read model."""

    kernel: Kernel
    bus: MemoryBus
    model: ReadModel = SEEN

    def __post_init__(self) -> None:
        self.relay = Relay(self.kernel.transactions.source, self.kernel.database, self.bus, self.kernel.environment)
        self.rebuilds = Rebuilds((self.model,), self.kernel.transactions)

    async def listen(self) -> None:
        async def on_cart_changed(unit: UnitOfWork[Any], event: CartChanged) -> None:
            await upsert_newest(unit.session, self.model.table, [self.model.build_row(event)])

        consumer = Consumer({CartChanged: (Handler("cart-changed", on_cart_changed),)}, self.kernel.transactions)
        await consumer.start(self.bus)
        await self.rebuilds.subscribe(self.bus)

    async def request(self, *, restart: bool = False) -> str:
        async with self.kernel.transactions.begin() as unit:
            return await request_rebuild(unit.session, self.model.name, unit.new_id("snp"), unit.now, restart=restart)

    async def step(self) -> int:
        """What a round of the job does; its requests are sent."""
        done = await self.rebuilds.run(self.kernel.transactions)
        while await self.relay.send_due():
            pass
        return done

    async def status(self) -> RebuildStatus:
        return RebuildStatus((await self.rebuild()).status)

    async def rebuild(self) -> Any:
        async with self.kernel.database.read() as session:
            found = await read_rebuild(session, self.model.name)
        assert found is not None
        return found

    async def rows(self) -> list[Any]:
        async with self.kernel.database.read() as session:
            table = self.model.table
            return [tuple(row) for row in await session.execute(select(table).order_by(table.c.id))]

    async def finish(self, publisher: Publisher) -> None:
        """Whatever is to be done until the rebuild has ended."""
        while not (await self.status()).has_ended:
            await self.step()
            await publisher.send_pages()
            await asyncio.sleep(0)


@asynccontextmanager
async def open_trade(folder: Path, urls: Sequence[str | None]) -> AsyncIterator[tuple[Publisher, list[Kernel]]]:
    """A publisher, and a kernel with the tables of read models for each further database."""
    bus = MemoryBus()
    async with AsyncExitStack() as stack:
        clock: ManualClock = LeapingClock()
        kernels = [
            await stack.enter_async_context(open_kernel(folder, clock, name=name, url=url, seed=seed))
            for seed, (name, url) in enumerate(zip(["carts", "first", "second"], urls, strict=False))
        ]
        for kernel in kernels[1:]:
            async with kernel.database.write_schema() as session:
                await (await session.connection()).run_sync(TABLES.create_all)
        publisher = Publisher(kernels[0], bus)
        await publisher.listen()
        yield publisher, kernels[1:]
