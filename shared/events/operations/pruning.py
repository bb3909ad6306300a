"""What grows is pruned by rule: each rule says of a table what may go, and when.

How long things are kept follows from how far back a replay may reach (`REPLAY_REACH`): an event is kept in the outbox
for that long after it was sent, and an inbox must outlive every copy of what it knows, on the bus as well. A round
reads what it deletes and nothing else: each rule has an index that begins with what goes first.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Delete,
    Row,
    Table,
    any_,
    delete,
    func,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import changed_rows
from entrepot.shared.events.operations.administration import REPLAY_REACH
from entrepot.shared.events.operations.counters import EventCounters
from entrepot.shared.events.outbox.unit_of_work import UnitOfWorkFactory
from entrepot.shared.events.tables import (
    DEAD_LETTERS,
    IDEMPOTENCY_KEYS,
    INBOX,
    OUTBOX,
    OUTBOX_AGGREGATES,
    QUEUE_ACTIONS,
    SAGA_HAS_ENDED,
    SAGAS,
    SNAPSHOT_REQUESTS,
)
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)

PRUNE_JOB: Final = "prune-events"
PRUNE_SECONDS: Final = 600.0
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class PruningRule:
    """Rows of `table` whose `moment` is longer ago than `retention` go, where `condition` holds too.

    An index of the rows for which `condition` holds begins with `moment`. With `is_archived` they are appended to
    `<table>.jsonl` in the archive's folder first: a crash in between writes some of them twice, and loses none.
    """

    table: Table
    moment: Column[Any]
    retention: timedelta
    condition: ColumnElement[bool] | None = None
    is_archived: bool = False

    @property
    def name(self) -> str:
        return f"{self.table.name}.{self.moment.name}"

    def is_due(self, now: datetime) -> tuple[ColumnElement[bool], ...]:
        """What is true of rows that may go."""
        is_old = self.moment <= now - self.retention
        return (is_old,) if self.condition is None else (is_old, self.condition)


RULES: Final = (
    PruningRule(OUTBOX, OUTBOX.c.delivered_at, REPLAY_REACH),
    PruningRule(OUTBOX, OUTBOX.c.dropped_at, REPLAY_REACH),
    # An event can be sent again for as long as the outbox and the topics keep it, and be on its way for a while.
    PruningRule(INBOX, INBOX.c.handled_at, 2 * REPLAY_REACH + timedelta(days=2)),
    PruningRule(IDEMPOTENCY_KEYS, IDEMPOTENCY_KEYS.c.created_at, timedelta(days=7)),
    PruningRule(DEAD_LETTERS, DEAD_LETTERS.c.dropped_at, timedelta(days=30)),
    PruningRule(SNAPSHOT_REQUESTS, SNAPSHOT_REQUESTS.c.ended_at, timedelta(days=30)),
    PruningRule(SAGAS, SAGAS.c.updated_at, timedelta(days=90), SAGA_HAS_ENDED),
    PruningRule(QUEUE_ACTIONS, QUEUE_ACTIONS.c.occurred_at, timedelta(days=365), is_archived=True),
)


@dataclass(frozen=True, slots=True)
class Pruning:
    """The job of pruning one subgraph's database; `folder` is where archives go."""

    folder: Path
    rules: tuple[PruningRule, ...] = RULES
    counters: EventCounters = field(default_factory=EventCounters)
    _paused: dict[str, datetime] = field(default_factory=dict)
    """Until when a rule that failed is left alone: the round of the others is begun again while they delete rows."""

    async def run(self, transactions: UnitOfWorkFactory[Any]) -> int:
        """One batch of every rule; returns how many rows were deleted. Called again until it returns 0.

        A rule that fails is logged and counted, and the others go on.
        """
        pruned = 0
        now = transactions.environment.clock.now()
        for rule in self.rules:
            if now < self._paused.get(rule.name, now):
                continue
            try:
                pruned += await self._apply(transactions, rule)
            except Exception:  # noqa: BLE001 - whatever it was, it is this rule's alone
                _log.exception("pruning.rule_failed", subgraph=transactions.source, rule=rule.name)
                self.counters.pruning_failures += 1
                self._paused[rule.name] = now + timedelta(seconds=PRUNE_SECONDS)
        return pruned

    async def _apply(self, transactions: UnitOfWorkFactory[Any], rule: PruningRule) -> int:
        if rule.is_archived:
            return await self._archive(transactions, rule)
        async with transactions.begin() as unit:
            statement = _delete_due(unit.session, rule, unit.now)
            if rule.table is not OUTBOX:
                return changed_rows(await unit.session.execute(statement))
            subjects = (await unit.session.scalars(statement.returning(OUTBOX.c.subject))).all()
            return len(subjects) + await _delete_idle_aggregates(unit.session, set(subjects))

    async def _archive(self, transactions: UnitOfWorkFactory[Any], rule: PruningRule) -> int:
        is_due = rule.is_due(transactions.environment.clock.now())
        query = select(rule.table).where(*is_due).order_by(rule.moment).limit(_BATCH)
        async with transactions.database.read() as session:
            rows = (await session.execute(query)).all()
        if not rows:
            return 0
        path = self.folder / transactions.source / f"{rule.table.name}.jsonl"
        await asyncio.to_thread(_append, path, rows)
        keys = list(rule.table.primary_key)
        found = [tuple(getattr(row, key.name) for key in keys) for row in rows]
        async with transactions.begin() as unit:
            gone = delete(rule.table).where(tuple_(*keys).in_(found), *is_due)
            return changed_rows(await unit.session.execute(gone))


def _delete_due(session: AsyncSession, rule: PruningRule, now: datetime) -> Delete:
    """The oldest rows that may go, found by their places: a planner could look for their keys in the whole table."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    place: ColumnElement[Any] = literal_column("rowid" if is_sqlite else "ctid")
    oldest = select(place).select_from(rule.table).where(*rule.is_due(now)).order_by(rule.moment).limit(_BATCH)
    # What another round is deleting is left to it. Without `correlate` it would be the outer statement's table.
    chosen = oldest.with_for_update(skip_locked=True).correlate(None).scalar_subquery()
    is_chosen = place.in_(chosen) if is_sqlite else place == any_(func.array(chosen))
    # Once more: in the meantime one may have been taken up again.
    return delete(rule.table).where(is_chosen, *rule.is_due(now))


async def _delete_idle_aggregates(session: AsyncSession, subjects: Collection[str]) -> int:
    """Those of the aggregates of which no event is kept any more: publishing the next makes the row again."""
    if not subjects:
        return 0
    # Compared, so that SQLite does not go by the index of `due_at`: nearly all aggregates have nothing to send.
    idle = (OUTBOX_AGGREGATES.c.due_at.is_(None) == true(), OUTBOX_AGGREGATES.c.lease_owner.is_(None))
    is_empty = ~select(OUTBOX.c.position).where(OUTBOX.c.subject == OUTBOX_AGGREGATES.c.subject).exists()
    found = select(OUTBOX_AGGREGATES.c.subject).where(OUTBOX_AGGREGATES.c.subject.in_(subjects), *idle, is_empty)
    locked = (await session.scalars(found.with_for_update(skip_locked=True))).all()
    if not locked:
        return 0
    # In a statement of its own: it sees what was published until they were locked.
    gone = delete(OUTBOX_AGGREGATES).where(OUTBOX_AGGREGATES.c.subject.in_(locked), *idle, is_empty)
    return changed_rows(await session.execute(gone))


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
