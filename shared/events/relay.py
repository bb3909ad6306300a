"""The relay: sends what the outbox holds, an aggregate's events in order, however many relays run."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from shared.db import Database
from shared.events.backoff import Backoff
from shared.events.bus import Bus, Message, MessageRefused
from shared.events.event import read_traceparent, topic_of
from shared.events.fan_out import first_of
from shared.events.outbox import (
    OutboxRow,
    lease_streams,
    mark_dead,
    mark_delivered,
    read_attempts,
    read_undelivered,
    release_stream,
)
from shared.seams import Seams
from shared.telemetry import get_logger

_log: Final = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RelayRules:
    """How much at once, how long a lease, how often to look, how to retry; times in seconds."""

    streams: int = 32
    batch: int = 64
    lease: float = 120.0
    poll: float = 1.0
    backoff: Backoff = field(default_factory=lambda: Backoff(base=0.2, limit=30.0))


class Relay:
    """Outbox to bus for one subgraph."""

    def __init__(
        self, source: str, database: Database, bus: Bus, seams: Seams, rules: RelayRules | None = None
    ) -> None:
        self._source = source
        self._database = database
        self._bus = bus
        self._seams = seams
        self._rules = rules or RelayRules()
        self._owner = seams.ids.new("relay")
        self._nudged = asyncio.Event()
        self._sending = 0

    def nudge(self) -> None:
        """There is something to send: look now."""
        self._nudged.set()

    async def run(self) -> None:
        """Send for ever; an error is logged, and tried again. An aggregate that is slow holds up none of the others."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._nudged.clear()
                leased = await self._lease_safely()
                for subject in leased:
                    self._sending += 1
                    group.create_task(self._send_safely(subject))
                if not leased:
                    await first_of(self._wait_for_nudge(), self._seams.clock.sleep(self._rules.poll))

    async def send_due(self) -> int:
        """Send what is due now; how many aggregates had something."""
        subjects = await self._lease(self._rules.streams)
        await asyncio.gather(*(self._send_stream(subject) for subject in subjects))
        return len(subjects)

    async def _lease_safely(self) -> list[str]:
        try:
            return await self._lease(self._rules.streams - self._sending)
        except Exception:  # noqa: BLE001 - the relay outlives every fault
            _log.exception("relay.lease_failed", subgraph=self._source)
            return []

    async def _lease(self, limit: int) -> list[str]:
        if limit <= 0:
            return []
        lease = timedelta(seconds=self._rules.lease)
        async with self._database.write() as session:
            now = self._seams.clock.now()
            subjects = await lease_streams(session, owner=self._owner, now=now, lease=lease, limit=limit)
            await session.commit()
        return subjects

    async def _send_safely(self, subject: str) -> None:
        is_full = self._sending == self._rules.streams
        try:
            is_due = await self._send_stream(subject)
        except Exception:  # noqa: BLE001 - as above; the lease runs out, and the aggregate is taken up again
            _log.exception("relay.stream_failed", subgraph=self._source, subject=subject)
            is_due = False
        self._sending -= 1
        if is_due or is_full:
            self.nudge()

    async def _send_stream(self, subject: str) -> bool:
        # Half the lease is for sending, the other half for what is under way when the first is over: two relays
        # that sent one aggregate's events at the same time would mix up their order.
        until = self._seams.clock.monotonic() + self._rules.lease / 2
        async with self._database.read() as session:
            rows = await read_undelivered(session, subject, self._rules.batch)
        sent: list[int] = []
        refused: tuple[int, str] | None = None
        failed = False
        for row in rows:
            if self._seams.clock.monotonic() >= until:
                break
            try:
                await self._publish(row)
            except MessageRefused as error:
                refused = (row.position, error.message)
                break
            except Exception:  # noqa: BLE001 - whatever the bus raises, the event stays and is tried again
                _log.exception("relay.publish_failed", subgraph=self._source, type=row.type, subject=subject)
                failed = True
                break
            sent.append(row.position)
        return await self._settle(subject, sent, refused, failed=failed)

    async def _publish(self, row: OutboxRow) -> None:
        self._seams.checkpoint(f"{self._source}:publish:before:{row.type}")
        await self._bus.publish([_build_message(row)])
        self._seams.checkpoint(f"{self._source}:publish:after:{row.type}")

    async def _settle(self, subject: str, sent: list[int], refused: tuple[int, str] | None, *, failed: bool) -> bool:
        async with self._database.write() as session:
            now = self._seams.clock.now()
            if sent:
                await mark_delivered(session, sent, now)
            if refused:
                await mark_dead(session, *refused)
            retry_at = None
            if failed:
                failures = await read_attempts(session, subject) + 1
                retry_at = now + timedelta(seconds=self._rules.backoff.delay(failures, self._seams.randomness))
            is_due = await release_stream(session, owner=self._owner, subject=subject, now=now, retry_at=retry_at)
            await session.commit()
        return is_due

    async def _wait_for_nudge(self) -> None:
        await self._nudged.wait()


def _build_message(row: OutboxRow) -> Message:
    traceparent = read_traceparent(row.envelope)
    trace = () if traceparent is None else (("traceparent", traceparent.encode()),)
    return Message(topic_of(row.type), row.subject, row.envelope, (("ce_type", row.type.encode()), *trace))
