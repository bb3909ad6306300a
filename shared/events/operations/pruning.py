"""What grows is pruned by rule: each rule says of a table what may go, and when.

How long things are kept follows from how far back a replay may reach (`REPLAY_REACH`): an event is kept in the outbox
for that long after it was sent, and an inbox must outlive every copy of what it knows, on the bus as well.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Row, Table, delete, exists, or_, select, tuple_

from entrepot.shared.db import changed_rows
from entrepot.shared.events.event import known_contracts
from entrepot.shared.events.operations.administration import REPLAY_REACH
from entrepot.shared.events.outbox.unit_of_work import UnitOfWorkFactory
from entrepot.shared.events.saga.state import SagaStatus
from entrepot.shared.events.tables import (
    DEAD_LETTERS,
    IDEMPOTENCY_KEYS,
    INBOX,
    OUTBOX,
    OUTBOX_AGGREGATES,
    QUEUE_ACTIONS,
    SAGAS,
)

PRUNE_JOB: Final = "prune-events"
PRUNE_SECONDS: Final = 600.0
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class PruningRule:
    """Rows of `table` whose `moment` is longer ago than `retention` go, where `condition` holds too.

    With `is_archived` they are appended to `<table>.jsonl` in the archive's folder first: a crash in between writes
    some of them twice, and loses none.
    """

    table: Table
    moment: Column[Any]
    retention: timedelta
    condition: Callable[[], tuple[ColumnElement[bool], ...]] = tuple
    is_archived: bool = False


def _is_superseded() -> tuple[ColumnElement[bool]]:
    """Whether the event is not the newest that says all of its aggregate: of that, read models are made again."""
    newer = OUTBOX.alias("newer")
    same = (newer.c.subject == OUTBOX.c.subject, newer.c.type == OUTBOX.c.type, newer.c.position > OUTBOX.c.position)
    states = {contract.TYPE for contract in known_contracts() if contract.IS_FULL_STATE}
    return (or_(OUTBOX.c.type.not_in(sorted(states)), exists().where(*same)),)


RULES: Final = (
    PruningRule(OUTBOX, OUTBOX.c.delivered_at, REPLAY_REACH, _is_superseded),
    PruningRule(OUTBOX, OUTBOX.c.dropped_at, REPLAY_REACH),
    # An event can be sent again for as long as the outbox and the topics keep it, and be on its way for a while.
    PruningRule(INBOX, INBOX.c.handled_at, 2 * REPLAY_REACH + timedelta(days=2)),
    PruningRule(IDEMPOTENCY_KEYS, IDEMPOTENCY_KEYS.c.created_at, timedelta(days=7)),
    PruningRule(DEAD_LETTERS, DEAD_LETTERS.c.dropped_at, timedelta(days=30)),
    PruningRule(
        SAGAS,
        SAGAS.c.updated_at,
        timedelta(days=90),
        lambda: (SAGAS.c.status.in_([SagaStatus.COMPLETED, SagaStatus.FAILED]),),
    ),
    PruningRule(QUEUE_ACTIONS, QUEUE_ACTIONS.c.occurred_at, timedelta(days=365), is_archived=True),
)


@dataclass(frozen=True, slots=True)
class Pruning:
    """The job of pruning one subgraph's database; `folder` is where archives go."""

    folder: Path
    rules: tuple[PruningRule, ...] = RULES

    async def run(self, transactions: UnitOfWorkFactory[Any]) -> int:
        """One batch of every rule; returns how many rows were deleted. Called again until it returns 0."""
        pruned = 0
        for rule in self.rules:
            pruned += await self._apply(transactions, rule)
        return pruned + await _prune_streams(transactions)

    async def _apply(self, transactions: UnitOfWorkFactory[Any], rule: PruningRule) -> int:
        is_due = (rule.moment <= transactions.environment.clock.now() - rule.retention, *rule.condition())
        query = select(rule.table).where(*is_due).order_by(rule.moment).limit(_BATCH)
        async with transactions.database.read() as session:
            rows = (await session.execute(query)).all()
        if not rows:
            return 0
        if rule.is_archived:
            path = self.folder / transactions.source / f"{rule.table.name}.jsonl"
            await asyncio.to_thread(_append, path, rows)
        keys = list(rule.table.primary_key)
        found = [tuple(getattr(row, key.name) for key in keys) for row in rows]
        async with transactions.begin() as unit:
            # Only what is still due: in the meantime one may have been taken up again.
            gone = delete(rule.table).where(tuple_(*keys).in_(found), *is_due)
            return changed_rows(await unit.session.execute(gone))


async def _prune_streams(transactions: UnitOfWorkFactory[Any]) -> int:
    """Aggregates of which no event is kept any more: an announcement makes the row again."""
    idle = (OUTBOX_AGGREGATES.c.due_at.is_(None), OUTBOX_AGGREGATES.c.lease_owner.is_(None))
    is_empty = ~select(OUTBOX.c.position).where(OUTBOX.c.subject == OUTBOX_AGGREGATES.c.subject).exists()
    found = select(OUTBOX_AGGREGATES.c.subject).where(*idle, is_empty).limit(_BATCH)
    async with transactions.begin() as unit:
        subjects = (await unit.session.scalars(found.with_for_update(skip_locked=True))).all()
        if not subjects:
            return 0
        gone = delete(OUTBOX_AGGREGATES).where(OUTBOX_AGGREGATES.c.subject.in_(subjects), *idle, is_empty)
        return changed_rows(await unit.session.execute(gone))


def _append(path: Path, rows: Sequence[Row[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a", encoding="utf-8") as archive:
        archive.writelines(json.dumps(dict(row._mapping), default=_print_moment) + "\n" for row in rows)  # noqa: SLF001 - public by SQLAlchemy's documentation
        archive.flush()
        os.fsync(archive.fileno())


def _print_moment(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} cannot be archived.")
    return value.isoformat()
