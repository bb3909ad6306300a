"""The services of all subgraphs at another time: their databases and use cases, a clock and a bus of their own."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from entrepot.demo.clock import SeedingClock
from entrepot.shared.events import Consumer, MemoryBus, MemoryFanOut, Relay, Transactions
from entrepot.shared.process import SubgraphProcess
from entrepot.shared.randomness import SeededRandomness
from entrepot.shared.seams import Seams

_SEED: Final = 10
_KEEPS_TIME: Final = frozenset({"accounts"})
"""Its jobs rotate signing keys, which is done in the present only."""


class SeededServices:
    """Runs use cases, delivers their events and does the jobs, one after another, as a seeded clock tells the time."""

    def __init__(self, processes: Mapping[str, SubgraphProcess], start: datetime) -> None:
        self.clock = SeedingClock(start)
        seams = Seams.of(self.clock, SeededRandomness(_SEED))
        self._bus = MemoryBus()
        self._fan_out = _Wakings()
        self._announcing: dict[str, None] = {}
        """Whose outbox holds something, in the order in which it came: the same every time."""
        self._transactions = {name: self._build_transactions(process, seams) for name, process in processes.items()}
        self._relays = {name: Relay(name, process.database, self._bus, seams) for name, process in processes.items()}
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
        """Subscribe, and deliver what was announced before; to be called before anything else."""
        for consumer in self._consumers:
            await consumer.start(self._bus)
        self._announcing.update(dict.fromkeys(self._relays))
        await self.deliver()

    def transactions(self, name: str) -> Transactions[Any]:
        """Units of work of that subgraph."""
        return self._transactions[name]

    async def deliver(self) -> None:
        """Return when every event has taken effect, and what it led to as well."""
        while self._announcing:
            name, _ = self._announcing.popitem()
            while await self._relays[name].send_due():
                pass

    async def settle(self) -> None:
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
        await self.settle()

    async def _run_jobs(self, channels: AbstractSet[str]) -> None:
        for transactions, job in self._jobs:
            if job.channel in channels:
                while await job.run(transactions):
                    pass

    def _build_transactions(self, process: SubgraphProcess, seams: Seams) -> Transactions[Any]:
        name = process.subgraph.name
        ports = process.ports
        if hasattr(ports, "opening_stock"):
            # The demo data says what is in stock; a variant does not bring any by itself.
            ports = replace(ports, opening_stock=0)

        def on_events() -> None:
            self._announcing.setdefault(name)

        return Transactions(name, process.database, seams, ports, self._fan_out, on_events)


class _Wakings(MemoryFanOut):
    """Notes which channels were woken."""

    def __init__(self) -> None:
        super().__init__()
        self.channels: set[str] = set()

    async def wake(self, channel: str) -> None:
        self.channels.add(channel)
