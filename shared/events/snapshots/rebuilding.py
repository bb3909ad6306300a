"""The consumer's side: a read model is rebuilt in a second table from a snapshot, while the first one serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db import DatabaseUnavailable, is_lock_timeout, is_transient, upsert, upsert_newest
from entrepot.shared.events.bus.bus import Bus, Message
from entrepot.shared.events.contracts.snapshots import SnapshotRequested
from entrepot.shared.events.event import read_envelope, snapshots_topic
from entrepot.shared.events.operations.read_models import ReadModel
from entrepot.shared.events.outbox.unit_of_work import UnitOfWorkFactory
from entrepot.shared.events.snapshots.page import SnapshotPage, read_page
from entrepot.shared.events.snapshots.second_table import SecondTable
from entrepot.shared.events.tables import REBUILDS
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)

REBUILD_JOB: Final = "rebuild-read-models"
REBUILD_SECONDS: Final = 5.0
_PATIENCE: Final = timedelta(minutes=10)
"""After so long without a page the snapshot is requested again: the bus may have lost what was sent."""


class RebuildStatus(StrEnum):
    """How far a rebuild is."""

    REQUESTED = "REQUESTED"
    """No worker has begun it."""
    PREPARED = "PREPARED"
    """The second table is there and is copied what changes; the snapshot is to be requested."""
    FILLING = "FILLING"
    """The publisher sends its states."""
    FILLED = "FILLED"
    """All are there."""
    COMPLETED = "COMPLETED"
    """The second table serves."""
    FAILED = "FAILED"
    """It was given up for the reason that is recorded; the first table serves on."""

    @property
    def has_ended(self) -> bool:
        return self in {RebuildStatus.COMPLETED, RebuildStatus.FAILED}


async def request_rebuild(
    session: AsyncSession, model: str, request_id: str, now: datetime, *, restart: bool = False
) -> str:
    """Have the workers rebuild the model; the id of the request.

    One that is under way goes on, unless it is to `restart`.
    """
    query = select(REBUILDS.c.request_id, REBUILDS.c.status).where(REBUILDS.c.model == model).with_for_update()
    known = (await session.execute(query)).one_or_none()
    if known is not None and not restart and not RebuildStatus(known.status).has_ended:
        return str(known.request_id)
    await upsert(session, REBUILDS, _new_row(model, request_id, now))
    return request_id


async def read_rebuild(session: AsyncSession, model: str) -> Row[Any] | None:
    """The last rebuild of the model."""
    return (await session.execute(select(REBUILDS).where(REBUILDS.c.model == model))).one_or_none()


class Rebuilds:
    """All rebuilds of one subgraph's read models: a job that takes their steps, and a receiver of pages.

    Every step is recorded in its transaction. Any worker takes the next one, after a crash as well.
    """

    def __init__(self, models: Sequence[ReadModel], transactions: UnitOfWorkFactory[Any]) -> None:
        self._models: Mapping[str, ReadModel] = {model.name: model for model in models}
        self._transactions = transactions

    async def subscribe(self, bus: Bus) -> None:
        """Receive the pages of snapshots, apart from events: neither waits for the other."""
        topics = sorted({snapshots_topic(model.contract.TYPE) for model in self._models.values()})
        if topics:
            await bus.subscribe(f"{self._transactions.source}.snapshots", topics, self.receive)

    async def run(self, _transactions: UnitOfWorkFactory[Any]) -> int:
        """Take the next step of each rebuild; how many steps were taken."""
        async with self._transactions.database.read() as session:
            rebuilds = (await session.execute(select(REBUILDS))).all()
        return sum([await self._continue(rebuild) for rebuild in rebuilds if rebuild.model in self._models])

    async def _continue(self, rebuild: Row[Any]) -> bool:
        model, now = self._models[rebuild.model], self._transactions.environment.clock.now()
        try:
            match RebuildStatus(rebuild.status):
                case RebuildStatus.REQUESTED:
                    await self._prepare(model, rebuild)
                case RebuildStatus.PREPARED:
                    await self._request_snapshot(model, rebuild)
                case RebuildStatus.FILLED:
                    await self._swap(model, rebuild)
                case RebuildStatus.FILLING if now - rebuild.updated_at > _PATIENCE:
                    await self._begin_again(rebuild, "no page came")
                case _:
                    return False
        except Exception as error:
            if _may_pass(error):
                raise  # The job tries again.
            _log.exception("rebuild.failed", subgraph=self._transactions.source, model=model.name)
            await self._move(rebuild, RebuildStatus.FAILED, reason=f"{type(error).__name__}: {error}")
        return True

    async def _prepare(self, model: ReadModel, rebuild: Row[Any]) -> None:
        database = self._transactions.database
        async with database.write_schema() as session:
            if await _move_in(session, rebuild, RebuildStatus.PREPARED, self._now):
                await SecondTable(model.table, database.is_sqlite).create(session)

    async def _request_snapshot(self, model: ReadModel, rebuild: Row[Any]) -> None:
        async with self._transactions.begin() as unit:
            if await _move_in(unit.session, rebuild, RebuildStatus.FILLING, unit.now):
                unit.publish(
                    SnapshotRequested(
                        request_id=rebuild.request_id, contract=model.contract.TYPE, requester=self._transactions.source
                    )
                )

    async def _swap(self, model: ReadModel, rebuild: Row[Any]) -> None:
        database = self._transactions.database
        async with database.write_schema() as session:
            if await _move_in(session, rebuild, RebuildStatus.COMPLETED, self._now):
                await SecondTable(model.table, database.is_sqlite).swap(session, model.on_changed)
                self._transactions.environment.failpoint(f"{self._transactions.source}:rebuild:swapped:{model.name}")
        _log.info("rebuild.completed", subgraph=self._transactions.source, model=model.name, states=rebuild.received)

    async def receive(self, message: Message) -> None:
        """Write a page's states to the second table, once; pages of other requests are ignored."""
        try:
            page = read_page(message.value)
        except msgspec.DecodeError:
            _log.exception("rebuild.page_unreadable", subgraph=self._transactions.source)
            return
        async with self._transactions.database.read() as session:
            rebuild = await _find(session, page.request_id)
        if rebuild is None or rebuild.model not in self._models or rebuild.status != RebuildStatus.FILLING:
            return
        try:
            await self._take(page)
        except Exception as error:
            if _may_pass(error):
                raise  # The bus brings the page again.
            _log.exception("rebuild.page_failed", subgraph=self._transactions.source, model=rebuild.model)
            await self._move(rebuild, RebuildStatus.FAILED, reason=f"{type(error).__name__}: {error}")

    async def _take(self, page: SnapshotPage) -> None:
        async with self._transactions.begin() as unit:
            rebuild = await _find(unit.session, page.request_id, for_update=True)
            if rebuild is None or rebuild.status != RebuildStatus.FILLING or page.number <= rebuild.page:
                return
            if page.number > rebuild.page + 1:
                _log.error("rebuild.page_lost", subgraph=self._transactions.source, model=rebuild.model)
                row = _new_row(rebuild.model, unit.new_id("snp"), unit.now, reason="a page was lost")
                await upsert(unit.session, REBUILDS, row)
                return
            model = self._models[rebuild.model]
            rows = [model.build_row(read_envelope(bytes(state)).open()) for state in page.states]
            if rows:
                second = SecondTable(model.table, self._transactions.database.is_sqlite)
                await upsert_newest(unit.session, second.table, rows)
            status = RebuildStatus.FILLED if page.is_last else RebuildStatus.FILLING
            await unit.session.execute(
                update(REBUILDS)
                .where(REBUILDS.c.request_id == page.request_id)
                .values(page=page.number, received=page.sent, total=page.total, status=status, updated_at=unit.now)
            )
            if page.is_last:
                unit.notify_job(REBUILD_JOB)

    async def _begin_again(self, rebuild: Row[Any], reason: str) -> None:
        _log.error("rebuild.begun_again", subgraph=self._transactions.source, model=rebuild.model, reason=reason)
        async with self._transactions.begin() as unit:
            row = _new_row(rebuild.model, unit.new_id("snp"), unit.now, reason=reason)
            await unit.session.execute(
                update(REBUILDS)
                .where(REBUILDS.c.request_id == rebuild.request_id, REBUILDS.c.page == rebuild.page)
                .values(row)
            )

    async def _move(self, rebuild: Row[Any], status: RebuildStatus, reason: str) -> None:
        async with self._transactions.begin() as unit:
            await _move_in(unit.session, rebuild, status, unit.now, reason)

    @property
    def _now(self) -> datetime:
        return self._transactions.environment.clock.now()


def _may_pass(error: Exception) -> bool:
    """Whether the same may succeed later: somebody else was first, or has the table."""
    return is_lock_timeout(error) or isinstance(error, DatabaseUnavailable) or is_transient(error)


def _new_row(model: str, request_id: str, now: datetime, reason: str | None = None) -> dict[str, Any]:
    return {
        "model": model,
        "request_id": request_id,
        "status": RebuildStatus.REQUESTED,
        "page": 0,
        "received": 0,
        "total": None,
        "reason": reason,
        "requested_at": now,
        "updated_at": now,
    }


async def _find(session: AsyncSession, request_id: str, *, for_update: bool = False) -> Row[Any] | None:
    query = select(REBUILDS).where(REBUILDS.c.request_id == request_id)
    return (await session.execute(query.with_for_update() if for_update else query)).one_or_none()


async def _move_in(
    session: AsyncSession, rebuild: Row[Any], status: RebuildStatus, now: datetime, reason: str | None = None
) -> bool:
    """Whether the rebuild was moved on: not when another worker was faster."""
    is_still = (REBUILDS.c.request_id == rebuild.request_id, REBUILDS.c.status == rebuild.status)
    statement = update(REBUILDS).where(*is_still).values(status=status, updated_at=now, reason=reason)
    return bool((await session.execute(statement.returning(REBUILDS.c.model))).all())
