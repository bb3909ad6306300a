"""The log of events that an outbox is, read and given to a consumer again."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select

from entrepot.shared.db import Database
from entrepot.shared.events.bus.bus import Message
from entrepot.shared.events.event import topic_of
from entrepot.shared.events.inbox.consumer import Consumer
from entrepot.shared.events.outbox.outbox import OutboxRow
from entrepot.shared.events.tables import OUTBOX

_PAGE: Final = 500


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
