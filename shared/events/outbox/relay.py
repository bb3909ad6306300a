"""The relay: sends what the outbox holds, an aggregate's events in order, however many relays run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from entrepot.shared.backoff import Backoff
from entrepot.shared.db import Database
from entrepot.shared.environment import Environment
from entrepot.shared.events.bus.bus import TYPE_HEADER, Bus, Message, MessageRejected
from entrepot.shared.events.event import read_traceparent, topic_of
from entrepot.shared.events.fan_out.fan_out import first_of
from entrepot.shared.events.operations.counters import EventCounters
from entrepot.shared.events.outbox.group_commit import GroupCommit
from entrepot.shared.events.outbox.outbox import (
    OutboxRow,
    lease_aggregates,
    mark_delivered,
    mark_rejected,
    read_undelivered,
    release_aggregates,
    release_leases,
    renew_leases,
)
from entrepot.shared.telemetry import TRACEPARENT_HEADER, NoOpTracer, Tracer, get_logger, use_span

_log: Final = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RelayRules:
    """How much at once, how long a lease, how often to look, how to retry; times in seconds.

    A lease is renewed as long as its aggregate is being sent. It is what others wait for when a relay dies, and shorter
    than any deadline of a saga.
    """

    aggregates: int = 256
    batch: int = 64
    lease: float = 10.0
    poll: float = 1.0
    backoff: Backoff = field(default_factory=lambda: Backoff(base=0.2, limit=30.0))


@dataclass(frozen=True, slots=True)
class _Leased:
    """One aggregate to be sent."""

    subject: str
    rows: Sequence[OutboxRow]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of sending one aggregate's events."""

    subject: str
    sent: Sequence[int]
    rejected: tuple[int, str] | None
    has_failed: bool


class Relay:
    """Outbox to bus for one subgraph.

    Aggregates are sent side by side, each on its own; they are leased and settled many in one transaction.
    """

    def __init__(
        self,
        source: str,
        database: Database,
        bus: Bus,
        environment: Environment,
        rules: RelayRules | None = None,
        counters: EventCounters | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._source = source
        self._database = database
        self._bus = bus
        self._environment = environment
        self._tracer = tracer or NoOpTracer(environment.randomness)
        self._rules = rules or RelayRules()
        self._owner = environment.ids.new("relay")
        self._notified = asyncio.Event()
        # The aggregates being sent, and until when by the monotonic clock.
        self._in_flight: dict[str, float] = {}
        # Whether a failed transaction may have left leases, which nobody else sends until they expire.
        self._has_leases_left = False
        self.counters = counters or EventCounters()
        self._marking = GroupCommit(self._mark_sent, self._rules.aggregates)

    def notify(self) -> None:
        """There is something to send: look now."""
        self._notified.set()

    async def run(self) -> None:
        """Send indefinitely; errors are logged and retried. A slow aggregate does not delay the others."""
        # What an earlier run in this process had under way has ended with it.
        self._in_flight.clear()
        self._has_leases_left = True
        async with asyncio.TaskGroup() as group:
            group.create_task(self._renew())
            while True:
                self._environment.failpoint(f"{self._source}:relay")
                self._notified.clear()
                taken = await self._lease_safely()
                for leased in taken:
                    group.create_task(self._send_safely(leased))
                if not taken:
                    await first_of(self._wait_for_notification(), self._environment.clock.sleep(self._rules.poll))

    async def send_due(self) -> int:
        """Send what is due now; how many aggregates had something."""
        leased = await self._lease(self._rules.aggregates)
        try:
            await asyncio.gather(*(self._send_aggregate(each) for each in leased))
        finally:
            for each in leased:
                self._in_flight.pop(each.subject, None)
        return len(leased)

    async def release(self) -> None:
        """Give the leases back once `run` has ended, so that another relay goes on at once."""
        if not self._in_flight and not self._has_leases_left:
            return
        self._in_flight.clear()
        try:
            async with self._database.write() as session:
                await release_leases(session, self._owner)
                await session.commit()
        except Exception as error:  # noqa: BLE001 - they run out by themselves
            _log.warning("relay.release_failed", subgraph=self._source, error=repr(error))

    async def _renew(self) -> None:
        """Renew the leases of what is being sent for long, so that nobody else sends it at the same time."""
        rules, clock = self._rules, self._environment.clock
        while True:
            await clock.sleep(rules.lease / 5)
            begun = clock.monotonic()
            # Most are sent before the first renewal.
            old = [subject for subject, until in self._in_flight.items() if until < begun + rules.lease * 0.4]
            if not old:
                continue
            try:
                async with self._database.write() as session:
                    held = await renew_leases(session, owner=self._owner, clock=clock, lease=rules.lease, subjects=old)
                    await session.commit()
            except Exception as error:  # noqa: BLE001 - what is not renewed is not sent any further
                _log.warning("relay.renewal_failed", subgraph=self._source, error=repr(error))
                continue
            for subject in old:
                if subject in self._in_flight:
                    self._in_flight[subject] = begun + rules.lease / 2 if subject in held else begun

    async def _lease_safely(self) -> list[_Leased]:
        try:
            return await self._lease(self._rules.aggregates - len(self._in_flight))
        except Exception:  # noqa: BLE001 - the relay outlives every fault
            self._has_leases_left = True
            _log.exception("relay.lease_failed", subgraph=self._source)
            return []

    async def _lease(self, limit: int) -> list[_Leased]:
        if limit <= 0:
            return []
        # Half the lease is for sending, the other half for what is under way when the first is over: two relays
        # that sent one aggregate's events at the same time would mix up their order.
        until = self._environment.clock.monotonic() + self._rules.lease / 2
        in_flight = frozenset(self._in_flight) if self._has_leases_left else None
        self._has_leases_left = False
        async with self._database.write() as session:
            subjects = await lease_aggregates(
                session,
                owner=self._owner,
                clock=self._environment.clock,
                lease=self._rules.lease,
                limit=limit,
                in_flight=in_flight,
            )
            rows = await read_undelivered(session, subjects, self._rules.batch) if subjects else {}
            await session.commit()
        self._in_flight |= dict.fromkeys(subjects, until)
        return [_Leased(subject, rows[subject]) for subject in subjects]

    async def _send_safely(self, leased: _Leased) -> None:
        is_full = len(self._in_flight) == self._rules.aggregates
        try:
            is_due = await self._send_aggregate(leased)
        except Exception:  # noqa: BLE001 - as above; the aggregate is leased again
            self._has_leases_left = True
            _log.exception("relay.aggregate_failed", subgraph=self._source, subject=leased.subject)
            is_due = False
        self._in_flight.pop(leased.subject, None)
        if is_due or is_full:
            self.notify()

    async def _send_aggregate(self, leased: _Leased) -> bool:
        """Send and settle; whether there is more to send at once."""
        sent: list[int] = []
        rejected: tuple[int, str] | None = None
        has_failed = False
        for row in leased.rows:
            if self._environment.clock.monotonic() >= self._in_flight.get(leased.subject, 0.0):
                break
            try:
                await self._publish(row)
            except MessageRejected as error:
                rejected = (row.position, error.message)
                break
            except Exception:  # noqa: BLE001 - whatever the bus raises, the event stays and is tried again
                _log.exception("relay.publish_failed", subgraph=self._source, type=row.type, subject=leased.subject)
                has_failed = True
                self.counters.publish_failures += 1
                break
            sent.append(row.position)
            self.counters.published += 1
        return await self._marking.submit(_Outcome(leased.subject, sent, rejected, has_failed))

    async def _publish(self, row: OutboxRow) -> None:
        self._environment.failpoint(f"{self._source}:publish:before:{row.type}")
        message = _build_message(row)
        if self._tracer.is_on and message.traceparent is not None:
            await self._publish_traced(row, message)
        else:
            await self._bus.publish([message])
        self._environment.failpoint(f"{self._source}:publish:after:{row.type}")

    async def _publish_traced(self, row: OutboxRow, message: Message) -> None:
        """Within what announced the event; who takes the message goes on from here."""
        attributes = {
            "messaging.operation.type": "send",
            "messaging.destination.name": message.topic,
            "entrepot.event.type": row.type,
            "entrepot.event.subject": row.subject,
        }
        span = self._tracer.start_span(
            f"send {message.topic}", parent=message.traceparent, kind="producer", attributes=attributes
        )
        with use_span(span):
            await self._bus.publish([_build_message(row, span.trace.traceparent)])

    async def _mark_sent(self, outcomes: Sequence[_Outcome]) -> list[bool]:
        sent = [position for outcome in outcomes for position in outcome.sent]
        async with self._database.write() as session:
            now = self._environment.clock.now()
            if sent:
                await mark_delivered(session, sent, now)
            for outcome in outcomes:
                if outcome.rejected:
                    await mark_rejected(session, *outcome.rejected)
            due = await release_aggregates(
                session,
                owner=self._owner,
                subjects=[outcome.subject for outcome in outcomes],
                now=now,
                retry_at={outcome.subject: partial(self._retry_at, now) for outcome in outcomes if outcome.has_failed},
            )
            await session.commit()
        return [outcome.subject in due for outcome in outcomes]

    def _retry_at(self, now: datetime, failures: int) -> datetime:
        self.counters.retries += 1
        return now + timedelta(seconds=self._rules.backoff.delay(failures, self._environment.randomness))

    async def _wait_for_notification(self) -> None:
        await self._notified.wait()


def _build_message(row: OutboxRow, traceparent: str | None = None) -> Message:
    """The row as it is sent: as part of that trace, else of the one that it was announced in."""
    said = traceparent or read_traceparent(row.envelope)
    trace = () if said is None else ((TRACEPARENT_HEADER, said.encode()),)
    return Message(topic_of(row.type), row.subject, row.envelope, ((TYPE_HEADER, row.type.encode()), *trace))
