"""The services of all subgraphs at another time: their databases and use cases, a clock and a delivery of their own."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from entrepot.demo.clock import SeedingClock
from entrepot.shared.environment import Environment
from entrepot.shared.events import Consumer, MemoryBus, MemoryFanOut, Relay, UnitOfWorkFactory
from entrepot.shared.events.operations.event_log import read_log, take_events
from entrepot.shared.events.outbox.outbox import read_sent_position
from entrepot.shared.process import SubgraphProcess
from entrepot.shared.randomness import SeededRandomness

_SEED: Final = 10
_KEEPS_TIME: Final = frozenset({"accounts"})
"""Its jobs rotate signing keys, which is done in the present only."""


class SeededServices:
    """Runs use cases, delivers their events and does the jobs, one after another, as a seeded clock tells the time."""

    def __init__(self, processes: Mapping[str, SubgraphProcess], start: datetime) -> None:
        self.clock = SeedingClock(start)
        environment = Environment.of(self.clock, SeededRandomness(_SEED))
        self._fan_out = _Wakings()
        self._announcing: dict[str, None] = {}
        """Whose outbox holds something, in the order in which it came: the same every time."""
        self._transactions = {
            name: self._build_transactions(process, environment) for name, process in processes.items()
        }
        self._relays = [Relay(name, process.database, MemoryBus(), environment) for name, process in processes.items()]
        self._types = sorted(
            {contract.TYPE for process in processes.values() for contract in process.subgraph.handlers}
        )
        self._read_to: dict[str, int] = {}
        self._consumers = [
            Consumer(process.subgraph.handlers, self._transactions[name]) for name, process in processes.items()
        ]
        self._jobs = [
            (self._transactions[name], job)
            for name, process in processes.items()
            if name not in _KEEPS_TIME
            for job in process.subgraph.jobs
        ]

    async def open(self) -> None:
        """Deliver what was announced before and not sent yet; to be called before anything else."""
        for name, transactions in self._transactions.items():
            async with transactions.database.read() as session:
                self._read_to[name] = await read_sent_position(session)
            self._announcing[name] = None
        await self.deliver()

    def transactions(self, name: str) -> UnitOfWorkFactory[Any]:
        """Units of work of that subgraph."""
        return self._transactions[name]

    async def deliver(self) -> None:
        """Return when every event has taken effect, and what it led to as well.

        Events are read from the outboxes and stay in them as unsent: processes that work beside this one send them
        as well, and an event takes effect once however often it comes.
        """
        while self._announcing:
            name, _ = self._announcing.popitem()
            while rows := await read_log(self._transactions[name].database, self._types, self._read_to[name]):
                self._read_to[name] = rows[-1].position
                for consumer in self._consumers:
                    await take_events(consumer, rows)

    async def mark_sent(self) -> None:
        """Have nobody send what has taken effect here; for a shop that no other process works for."""
        for relay in self._relays:
            while await relay.send_due():
                pass

    async def wait_until_idle(self) -> None:
        """The same, with the jobs that a unit of work has woken."""
        await self.deliver()
        while self._fan_out.channels:
            woken, self._fan_out.channels = self._fan_out.channels, set()
            await self._run_jobs(woken)
            await self.deliver()

    async def wait(self, seconds: float) -> None:
        """Let time pass, and do what is due by then."""
        self.clock.advance(seconds)
        await self._run_jobs({job.channel for _, job in self._jobs})
        await self.wait_until_idle()

    async def _run_jobs(self, channels: AbstractSet[str]) -> None:
        for transactions, job in self._jobs:
            if job.channel in channels:
                while await job.run(transactions):
                    pass

    def _build_transactions(self, process: SubgraphProcess, environment: Environment) -> UnitOfWorkFactory[Any]:
        name = process.subgraph.name
        dependencies = process.dependencies
        if hasattr(dependencies, "opening_stock"):
            # The demo data says what is in stock; a variant does not bring any by itself.
            dependencies = replace(dependencies, opening_stock=0)

        def on_events() -> None:
            self._announcing.setdefault(name)

        return UnitOfWorkFactory(name, process.database, environment, dependencies, self._fan_out, on_events)


class _Wakings(MemoryFanOut):
    """Notes which channels were woken."""

    def __init__(self) -> None:
        super().__init__()
        self.channels: set[str] = set()

    async def notify(self, channel: str) -> None:
        self.channels.add(channel)
