"""Several workers of one subgraph, each with groups of effects of its own, on one PostgreSQL database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from entrepot.shared.events import Consumer
from entrepot.shared.events.event import Envelope
from tests.support.subgraphs import SubgraphUnderTest, message_of


def build_workers(subgraph: SubgraphUnderTest, count: int) -> Sequence[Consumer[Any]]:
    return [Consumer(subgraph.process.subgraph.handlers, subgraph.transactions) for _ in range(count)]


async def deal(workers: Sequence[Consumer[Any]], envelopes: Sequence[Envelope]) -> None:
    """Hand the messages to the workers at the same time, in turns."""
    # An effect that fails waits for its retry, which the clock of a test never reaches.
    async with asyncio.timeout(150):
        await asyncio.gather(
            *(workers[at % len(workers)].receive(message_of(envelope)) for at, envelope in enumerate(envelopes))
        )


async def count_deadlocks(subgraph: SubgraphUnderTest) -> int:
    """Those of the test's database, once its connections have reported theirs."""
    await subgraph.process.database.dispose()
    async with subgraph.process.database.read() as session:
        query = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(await session.scalar(query) or 0)
