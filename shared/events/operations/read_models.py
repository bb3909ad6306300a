"""Read models made again from the log: what they hold is forgotten, and every event that fed them takes effect again.

The log is the outbox of the subgraphs that announced the events. It holds at least the newest event of each aggregate
for contracts that say all of it (`is_full_state`): pruning leaves those.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Table, func, select

from entrepot.shared.db import Database
from entrepot.shared.events.bus.bus import Message
from entrepot.shared.events.event import Event, topic_of
from entrepot.shared.events.inbox.consumer import Consumer
from entrepot.shared.events.inbox.handler import Handler, HandlerTable
from entrepot.shared.events.outbox.outbox import OutboxRow
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork, UnitOfWorkFactory
from entrepot.shared.events.tables import INBOX, OUTBOX

_PAGE: Final = 500

Progress = Callable[[int, int], None]
"""Called with the number of events processed so far and their total."""


@dataclass(frozen=True, slots=True)
class ReadModel:
    """Tables that `handlers` alone write to, by events alone; `reset` has them take every event as if it were new."""

    name: str
    tables: tuple[Table, ...]
    handlers: tuple[Handler, ...]
    reset: Callable[[UnitOfWork[Any]], Awaitable[None]]

    def select_handlers(self, handlers: HandlerTable) -> dict[type[Event], tuple[Handler, ...]]:
        """The part of a subgraph's handlers that feeds the model."""
        chosen = {
            contract: tuple(handler for handler in wanted if handler in self.handlers)
            for contract, wanted in handlers.items()
        }
        return {contract: wanted for contract, wanted in chosen.items() if wanted}


async def rebuild(
    model: ReadModel,
    handlers: HandlerTable,
    transactions: UnitOfWorkFactory[Any],
    logs: Mapping[str, Database],
    on_progress: Progress,
) -> int:
    """Make the model again; how many events it took. `logs` are the databases of all subgraphs by their names.

    Nothing else may be at work on the model's subgraph. A rebuild that was interrupted is begun again.
    """
    feeding = model.select_handlers(handlers)
    types: defaultdict[str, list[str]] = defaultdict(list)
    for contract in feeding:
        types[contract.TYPE.partition(".")[0]].append(contract.TYPE)
    total = sum([await _count(logs[source], wanted) for source, wanted in types.items()])
    async with transactions.begin() as unit:
        await model.reset(unit)
        names = [name for handler in model.handlers for name in (handler.name, *handler.former_names)]
        await unit.session.execute(INBOX.delete().where(INBOX.c.handler.in_(names)))
    consumer = Consumer(feeding, transactions)
    done = 0
    on_progress(done, total)
    for source, wanted in types.items():
        position = 0
        while rows := await read_log(logs[source], wanted, position):
            position = rows[-1].position
            await take_events(consumer, rows)
            done += len(rows)
            on_progress(done, total)
    return done


async def _count(log: Database, types: Sequence[str]) -> int:
    async with log.read() as session:
        query = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.type.in_(types))
        return await session.scalar(query) or 0


async def read_log(log: Database, types: Sequence[str], after: int) -> list[OutboxRow]:
    """The next events of those types after a position, sent or not."""
    columns = (OUTBOX.c.position, OUTBOX.c.subject, OUTBOX.c.type, OUTBOX.c.envelope)
    wanted = (OUTBOX.c.type.in_(types), OUTBOX.c.position > after)
    async with log.read() as session:
        rows = await session.execute(select(*columns).where(*wanted).order_by(OUTBOX.c.position).limit(_PAGE))
    return [OutboxRow(row.position, row.subject, row.type, row.envelope.encode()) for row in rows]


async def take_events(consumer: Consumer[Any], rows: Sequence[OutboxRow]) -> None:
    """The events of each aggregate in their order, those of several side by side."""
    lines: defaultdict[str, list[OutboxRow]] = defaultdict(list)
    for row in rows:
        lines[row.subject].append(row)

    async def follow(line: Sequence[OutboxRow]) -> None:
        for row in line:
            await consumer.receive(Message(topic_of(row.type), row.subject, row.envelope))

    async with asyncio.TaskGroup() as group:
        for line in lines.values():
            group.create_task(follow(line))
