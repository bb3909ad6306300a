"""The publisher's side: all states of a contract are sent page by page, and go on after a crash where they stood."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Row, func, or_, select, update

from entrepot.shared.db import changed_rows, insert_or_ignore
from entrepot.shared.events.bus.bus import Bus
from entrepot.shared.events.contracts.snapshots import SnapshotRequested
from entrepot.shared.events.inbox.handler import Handler
from entrepot.shared.events.outbox.unit_of_work import UnitOfWork, UnitOfWorkFactory
from entrepot.shared.events.snapshots.page import SnapshotPage
from entrepot.shared.events.tables import PUBLISHED_STATE, SNAPSHOT_REQUESTS
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)

SEND_JOB: Final = "send-snapshots"
SEND_SECONDS: Final = 5.0
_PAGE_STATES: Final = 500
_PAGE_CHARACTERS: Final = 400_000
"""A broker takes messages of 1 MB; a single state always fits, since it was sent before."""
_LEASE: Final = timedelta(seconds=30)


def build_request_handler(types: Collection[str]) -> Handler:
    """The handler of requests in a subgraph that offers snapshots of these contracts."""

    async def on_snapshot_requested(unit: UnitOfWork[Any], event: SnapshotRequested) -> None:
        if event.contract not in types:
            return
        count = select(func.count()).select_from(PUBLISHED_STATE).where(PUBLISHED_STATE.c.type == event.contract)
        row = {
            "id": event.request_id,
            "type": event.contract,
            "requester": event.requester,
            "cursor": "",
            "page": 0,
            "sent": 0,
            "total": await unit.session.scalar(count),
            "requested_at": unit.now,
        }
        await insert_or_ignore(unit.session, SNAPSHOT_REQUESTS, row)
        unit.notify_job(SEND_JOB)

    return Handler("snapshot-requested", on_snapshot_requested)


@dataclass(frozen=True, slots=True)
class SnapshotSender:
    """The job that sends the pages of the requests that were made of one subgraph."""

    bus: Bus

    async def run(self, transactions: UnitOfWorkFactory[Any]) -> int:
        """Send one page; returns how many were sent. Called again until it returns 0."""
        request = await _claim(transactions)
        if request is None:
            return 0
        page, cursor = await _build_page(transactions, request)
        # A crash before the next line sends the page again: its receiver knows it by its number.
        await self.bus.publish([page.to_message()])
        transactions.environment.failpoint(f"{transactions.source}:snapshots:sent:{page.number}")
        await _advance(transactions, page, cursor)
        return 1


async def _claim(transactions: UnitOfWorkFactory[Any]) -> Row[Any] | None:
    """The oldest request that nobody works on, leased."""
    requests = SNAPSHOT_REQUESTS.c
    async with transactions.begin() as unit:
        is_free = or_(requests.lease_until.is_(None), requests.lease_until <= unit.now)
        is_open = (requests.ended_at.is_(None), is_free)
        query = select(SNAPSHOT_REQUESTS).where(*is_open).order_by(requests.requested_at).limit(1)
        row = (await unit.session.execute(query.with_for_update(skip_locked=True))).one_or_none()
        if row is not None:
            claim = update(SNAPSHOT_REQUESTS).where(requests.id == row.id).values(lease_until=unit.now + _LEASE)
            await unit.session.execute(claim)
        return row


async def _build_page(transactions: UnitOfWorkFactory[Any], request: Row[Any]) -> tuple[SnapshotPage, str]:
    """The next page of the request, and the subject of the last state on it."""
    states = PUBLISHED_STATE.c
    query = select(states.subject, states.envelope).where(states.type == request.type, states.subject > request.cursor)
    async with transactions.database.read() as session:
        rows = (await session.execute(query.order_by(states.subject).limit(_PAGE_STATES))).all()
    size = taken = 0
    while taken < len(rows) and (not taken or size + len(rows[taken].envelope) <= _PAGE_CHARACTERS):
        size += len(rows[taken].envelope)
        taken += 1
    page = SnapshotPage(
        request_id=request.id,
        contract=request.type,
        number=request.page + 1,
        states=tuple(msgspec.Raw(row.envelope.encode()) for row in rows[:taken]),
        sent=request.sent + taken,
        total=request.total,
        is_last=taken == len(rows) < _PAGE_STATES,
    )
    return page, rows[taken - 1].subject if taken else request.cursor


async def _advance(transactions: UnitOfWorkFactory[Any], page: SnapshotPage, cursor: str) -> None:
    requests = SNAPSHOT_REQUESTS.c
    async with transactions.begin() as unit:
        # Unless another process took the request over, and has sent this page as well.
        is_own = (requests.id == page.request_id, requests.page == page.number - 1)
        progress = {"page": page.number, "sent": page.sent, "cursor": cursor, "lease_until": None}
        ended = unit.now if page.is_last else None
        statement = update(SNAPSHOT_REQUESTS).where(*is_own).values(**progress, ended_at=ended)
        is_advanced = changed_rows(await unit.session.execute(statement)) == 1
    if is_advanced and page.is_last:
        _log.info("snapshots.sent", subgraph=transactions.source, contract=page.contract, states=page.sent)
