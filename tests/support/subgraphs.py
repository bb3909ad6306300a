"""One subgraph on a fresh database, its API called with any principal, its events taken as they are announced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entrepot.shared.auth import Denylist, IdentityVerifier, Principal
from entrepot.shared.caching import MemoryCache, MemoryLimiter
from entrepot.shared.db import Database
from entrepot.shared.environment import Environment
from entrepot.shared.events import Event, MemoryBus, MemoryFanOut, Message
from entrepot.shared.events.contracts.accounts import UserChanged
from entrepot.shared.events.contracts.catalog import ProductChanged
from entrepot.shared.events.contracts.orders import OrderChanged
from entrepot.shared.events.contracts.payments import PaymentChanged
from entrepot.shared.events.event import Envelope, read_envelope, to_data
from entrepot.shared.graphql import Context, IdentityPolicy
from entrepot.shared.graphql.errors import to_response
from entrepot.shared.process import Connections, SubgraphProcess
from entrepot.shared.randomness import SeededRandomness
from entrepot.shared.subgraph import SubgraphDependencies
from entrepot.subgraphs.registry import SUBGRAPHS, load, load_permissions
from tests.support.clock import ManualClock

STAFF = Principal(
    user_id="usr_00000000-0000-7000-8000-00000000000a",
    scopes=load_permissions().expand(["support", "merchandiser"]),
    roles=("admin",),
)


def customer(number: int = 1, *scopes: str) -> Principal:
    """A customer of their own."""
    return Principal(user_id=f"usr_00000000-0000-7000-8000-{number:012d}", scopes=frozenset(scopes))


STATES: Final = (OrderChanged, PaymentChanged, ProductChanged, UserChanged)
"""Contracts of states that are published beside the events that say what happened."""


@dataclass
class SubgraphUnderTest:
    process: SubgraphProcess
    clock: ManualClock
    fan_out: MemoryFanOut
    bus: MemoryBus
    address: str | None = None
    """Where the requests come from."""
    sent: list[Event] = field(default_factory=list)
    states: list[Event] = field(default_factory=list)
    """States of aggregates that accompany what is published: each change of an aggregate has one."""

    @property
    def transactions(self) -> Any:
        return self.process.transactions

    def context(self, principal: Principal) -> Context[Any]:
        return Context(principal, self.transactions, self.fan_out, address=self.address)

    async def execute(self, query: str, principal: Principal, **variables: Any) -> dict[str, Any]:
        """The response of one operation, errors as a client sees them."""
        result = await self.process.subgraph.schema.execute(
            query, variable_values=variables, context_value=self.context(principal)
        )
        return to_response(result)

    async def receive(self, *events: Event) -> None:
        """Let the subgraph's handlers take events of other domains, each once, in order."""
        for event in events:
            await self.receive_again(self.envelope(event))

    def envelope(self, event: Event) -> Envelope:
        return Envelope(
            id=self.process.transactions.environment.ids.new("evt"),
            source="/tests",
            type=event.TYPE,
            time=self.clock.now(),
            subject=event.subject,
            dataversion=event.VERSION,
            data=to_data(event),
        )

    async def receive_again(self, envelope: Envelope) -> None:
        """Deliver this very envelope, the first or a further time."""
        await self.process.consumer.receive(message_of(envelope))

    async def receive_together(self, *events: Event) -> None:
        """Let the consumer take all of them at once, as it takes those of a partition: effects share transactions."""
        envelopes = [self.envelope(event) for event in events]
        await asyncio.gather(*(self.process.consumer.receive(message_of(envelope)) for envelope in envelopes))

    async def published(self) -> list[Event]:
        """What the subgraph has announced since the last call, as the bus carries it, but for `states`."""
        while await self.process.relay.send_due():
            pass
        news, self.sent[:] = list(self.sent), []
        return news

    async def run_jobs(self) -> None:
        """Let every job do what it has to do now."""
        for job in self.process.subgraph.jobs:
            while await job.run(self.transactions):
                pass


def message_of(envelope: Envelope) -> Message:
    """The envelope as the bus hands it to a consumer."""
    return Message("entrepot.tests", envelope.subject, envelope.to_json())


@asynccontextmanager
async def open_subgraph(
    name: str, folder: Path, *, environ: dict[str, str] | None = None, url: str | None = None
) -> AsyncIterator[SubgraphUnderTest]:
    """The subgraph, migrated, on a database of its own: a file below the folder, or the one at the URL.

    Nothing runs but what the test calls.
    """
    clock = ManualClock()
    environment = Environment.of(clock, SeededRandomness(1))
    cache = MemoryCache(clock)
    fan_out, bus = MemoryFanOut(), MemoryBus()
    database = Database(url or f"sqlite:///{folder}/{name}.db", clock)
    identity = IdentityPolicy(IdentityVerifier(Ed25519PrivateKey.generate().public_key(), name, clock))
    shared_dependencies = SubgraphDependencies(
        environment,
        cache,
        MemoryLimiter(clock),
        Denylist(cache, clock),
        folder,
        permissions=load_permissions(),
    )
    process = SubgraphProcess(
        load(name), Connections(database, bus, fan_out, identity), shared_dependencies, environ or {}
    )
    await process.migrate()
    under_test = SubgraphUnderTest(process, clock, fan_out, bus)

    async def take(message: Message) -> None:
        event = read_envelope(message.value).open()
        (under_test.states if isinstance(event, STATES) else under_test.sent).append(event)

    await bus.subscribe("tests", topics(), take)
    try:
        yield under_test
    finally:
        await process.stop()


def topics() -> Iterable[str]:
    """The topics of all domains."""
    return [f"entrepot.{name}{kind}" for name in SUBGRAPHS for kind in ("", ".commands")]
