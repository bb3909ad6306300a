"""The kernel on a database of its own, without any subgraph: contracts, a table of effects, and units of work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Integer, Table, Text, select

from entrepot.shared.clock import SystemClock
from entrepot.shared.db import Database, new_metadata
from entrepot.shared.environment import Environment, ignore_failpoint
from entrepot.shared.events import KERNEL, Event, MemoryFanOut, UnitOfWork, UnitOfWorkFactory
from entrepot.shared.events.event import Envelope, to_data
from entrepot.shared.events.inbox.handler import Handler, HandlerFunction, HandlerTable
from entrepot.shared.randomness import SeededRandomness
from tests.support.clock import ManualClock

TABLES: Final = new_metadata()
EFFECTS: Final = Table(
    "effects", TABLES, Column("position", Integer, primary_key=True), Column("what", Text, nullable=False)
)


class LeapingClock(ManualClock):
    """Nobody waits: who sleeps lets the time pass, and gives way once."""

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingChanged(Event):
    thing_id: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingRenamed(Event):
    """Version 1, which said the name in one piece."""

    thing_id: str
    name: str

    def upcast(self) -> Event:
        first, _, last = self.name.partition(" ")
        return ThingRenamedV2(thing_id=self.thing_id, first=first, last=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingRenamedV2(Event):
    thing_id: str
    first: str
    last: str


@dataclass
class Kernel:
    database: Database
    clock: ManualClock
    environment: Environment
    fan_out: MemoryFanOut
    transactions: UnitOfWorkFactory[None]
    nudges: list[None] = field(default_factory=list)

    async def change(self, thing: str, *numbers: int) -> None:
        """One unit of work that announces the numbers of the thing, in order."""
        async with self.transactions.begin() as unit:
            unit.publish(*(ThingChanged(thing_id=thing, number=number) for number in numbers))

    def use_system_time(self) -> None:
        """From now on, time passes as everywhere: for what runs side by side."""
        for name in ("now", "monotonic", "sleep"):
            setattr(self.clock, name, getattr(SystemClock(), name))

    async def pass_lease(self, seconds: float) -> None:
        """Let leases of that length run out, by the clock of the process and that of a database server."""
        self.clock.advance(seconds)
        if self.database.url.get_backend_name() != "sqlite":
            await asyncio.sleep(seconds + 0.1)

    async def effects(self) -> list[str]:
        async with self.database.read() as session:
            return list(await session.scalars(select(EFFECTS.c.what).order_by(EFFECTS.c.position)))

    async def rows(self, table: Table) -> list[Any]:
        async with self.database.read() as session:
            return list((await session.execute(select(table).order_by(*table.primary_key))).all())

    def envelope(self, event: Event, **changes: Any) -> Envelope:
        facts: dict[str, Any] = {
            "id": self.environment.ids.new("evt"),
            "source": "/tests",
            "type": event.TYPE,
            "time": self.clock.now(),
            "subject": event.subject,
            "dataversion": event.VERSION,
            "data": to_data(event),
        }
        return Envelope(**(facts | changes))


Functions = Mapping[type[Event], Sequence[HandlerFunction]]


def handlers_of(functions: Functions) -> HandlerTable:
    """Handlers that are named for their functions."""
    return {
        contract: [Handler(function.__name__, function) for function in wanted]
        for contract, wanted in functions.items()
    }


async def note_effect(unit: UnitOfWork[Any], what: str) -> None:
    await unit.session.execute(EFFECTS.insert().values(what=what))


@asynccontextmanager
async def open_kernel(
    folder: Path,
    clock: ManualClock,
    *,
    name: str = "tests",
    url: str | None = None,
    failpoint: Callable[[str], None] = ignore_failpoint,
    seed: int = 1,
) -> AsyncIterator[Kernel]:
    """The kernel on the file `name`.db or another database, which may be there already."""
    environment = Environment.of(clock, SeededRandomness(seed), failpoint)
    database = Database(url or f"sqlite:///{folder}/{name}.db", clock)
    fan_out = MemoryFanOut()
    nudges: list[None] = []
    transactions: UnitOfWorkFactory[None] = UnitOfWorkFactory(
        name, database, environment, None, fan_out, lambda: nudges.append(None)
    )
    async with database.write_schema() as session:
        connection = await session.connection()
        await connection.run_sync(KERNEL.create_all)
        await connection.run_sync(TABLES.create_all)
    try:
        yield Kernel(database, clock, environment, fan_out, transactions, nudges)
    finally:
        await database.dispose()
