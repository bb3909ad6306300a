"""States that a domain stored before it published them: they are added to the published ones, once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import insert_all_or_ignore, insert_or_ignore
from entrepot.shared.events.cause import NO_CAUSE
from entrepot.shared.events.event import Event
from entrepot.shared.events.outbox.published_state import build_state_row
from entrepot.shared.events.outbox.unit_of_work import Publication, UnitOfWorkFactory
from entrepot.shared.events.tables import PUBLISHED_STATE, STATE_BACKFILLS
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)

BACKFILL_JOB: Final = "backfill-states"
BACKFILL_SECONDS: Final = 3600.0
_BATCH: Final = 500

ListStates = Callable[[AsyncSession, str, int], Awaitable[Sequence[Event]]]
"""The states of the aggregates whose ids follow one, in the order of the ids, up to a limit."""


@dataclass(frozen=True, slots=True)
class StateSource:
    """Where a domain stores the aggregates of a full-state contract; the contract's subject is their id."""

    contract: type[Event]
    list_states: ListStates


@dataclass(frozen=True, slots=True)
class Backfilling:
    """The job that adds the states of one subgraph's sources, a batch in a transaction; a crash repeats one batch."""

    sources: Sequence[StateSource]

    async def run(self, transactions: UnitOfWorkFactory[Any]) -> int:
        """One batch of a source that is not done; 0 when all are. Called again until it returns 0."""
        async with transactions.database.read() as session:
            ended = set(await session.scalars(select(STATE_BACKFILLS.c.type).where(STATE_BACKFILLS.c.is_done)))
        for source in self.sources:
            if source.contract.TYPE not in ended:
                return await self._add(transactions, source)
        return 0

    async def _add(self, transactions: UnitOfWorkFactory[Any], source: StateSource) -> int:
        type_ = source.contract.TYPE
        async with transactions.begin() as unit:
            start = {"type": type_, "cursor": "", "added": 0, "is_done": False}
            await insert_or_ignore(unit.session, STATE_BACKFILLS, start)
            query = select(STATE_BACKFILLS).where(STATE_BACKFILLS.c.type == type_).with_for_update()
            known = (await unit.session.execute(query)).one()
            if known.is_done:
                return 1
            events = await source.list_states(unit.session, known.cursor, _BATCH)
            added = 0
            if events:
                rows = [
                    build_state_row(transactions.build_envelope(unit, Publication(event, None, NO_CAUSE)))
                    for event in events
                ]
                # What was published in the meantime is newer than what was read here.
                added = len(await insert_all_or_ignore(unit.session, PUBLISHED_STATE, rows))
            progress = {"cursor": events[-1].subject if events else known.cursor, "added": known.added + added}
            statement = update(STATE_BACKFILLS).where(STATE_BACKFILLS.c.type == type_)
            await unit.session.execute(statement.values(**progress, is_done=not events))
        if not events and known.added:
            _log.info("states.backfilled", subgraph=transactions.source, contract=type_, states=known.added)
        return 1
