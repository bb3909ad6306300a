"""The unit of work: one transaction holds a change and the events it announces, and this is the only commit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.auth import SYSTEM, Caller
from entrepot.shared.db import Database
from entrepot.shared.environment import Environment
from entrepot.shared.errors import InternalError
from entrepot.shared.events.cause import Cause, correlate
from entrepot.shared.events.event import Envelope, Event, as_published, to_data
from entrepot.shared.events.fan_out.fan_out import FanOut
from entrepot.shared.events.fan_out.jobs import job_channel
from entrepot.shared.events.outbox.outbox import write_outbox
from entrepot.shared.telemetry import NoOpTracer, Span, Tracer, current_trace, get_logger, note_aggregates, use_span

P = TypeVar("P")
_log: Final = get_logger(__name__)


class RevisionReused(InternalError):
    """A unit of work published one revision of an aggregate with two contents: readers would keep only the first."""

    code = "REVISION_REUSED"

    def __init__(self, event: Event, revision: int) -> None:
        super().__init__(f"{event.TYPE} of {event.subject} was published twice as revision {revision}.")


@dataclass(frozen=True, slots=True)
class Publication:
    """An event with the trace and the cause it was published in: one unit may do the work of several."""

    event: Event
    traceparent: str | None
    cause: Cause


class UnitOfWork(Generic[P]):
    """What a use case works with: the session, the environment, and the subgraph's ports and settings."""

    def __init__(
        self,
        session: AsyncSession,
        environment: Environment,
        dependencies: P,
        tracer: Tracer | None = None,
        caller: Caller = SYSTEM,
    ) -> None:
        self.session = session
        self.caller = caller
        self.environment = environment
        self.dependencies = dependencies
        self.tracer = tracer or NoOpTracer(environment.randomness)
        self.now: datetime = environment.clock.now()
        self.publications: list[Publication] = []
        self.channels: list[str] = []
        self.has_due_events = False
        self._revisions: dict[tuple[str, str, int], Event] = {}

    def new_id(self, prefix: str) -> str:
        return self.environment.ids.new(prefix)

    @property
    def events(self) -> list[Event]:
        """What it publishes."""
        return [publication.event for publication in self.publications]

    def publish(self, *events: Event, correlation: str | None = None) -> None:
        """Send these to other domains when, and only when, this unit commits.

        They belong to the conversation of what is being handled, or to the one named by `correlation`.

        A revision of an aggregate is sent once: the same event again is dropped, and raises RevisionReused when its
        content differs, for readers ignore a revision that they know. Of full states whose revision the outbox counts,
        the unit's last of each aggregate is sent.
        """
        trace = current_trace()
        traceparent, cause = trace.traceparent if trace else None, correlate(correlation)
        fresh = [event for event in events if self._is_fresh(event)]
        self._drop_superseded(fresh)
        self.publications.extend(Publication(event, traceparent, cause) for event in fresh)

    def start_span(self, name: str, traceparent: str | None) -> AbstractContextManager[Span]:
        """Do the block, in whatever process, as part of the trace that the work was begun in."""
        return use_span(self.tracer.start_span(name, parent=traceparent))

    def notify_relay(self) -> None:
        """Have the relay look, after the commit, for events that this unit has made due without announcing any."""
        self.has_due_events = True

    def _is_fresh(self, event: Event) -> bool:
        revision = _revision_of(event)
        if not revision:
            return True  # It has none, or the outbox counts it.
        known = self._revisions.setdefault((event.TYPE, event.subject, revision), event)
        if known != event:
            raise RevisionReused(event, revision)
        return known is event

    def _drop_superseded(self, newer: Sequence[Event]) -> None:
        keys = {(event.TYPE, event.subject) for event in newer if event.IS_FULL_STATE and not _revision_of(event)}
        if not keys:
            return
        self.publications = [each for each in self.publications if (each.event.TYPE, each.event.subject) not in keys]

    def notify(self, channel: str) -> None:
        """Tell those who follow the channel, after the commit, that there is something new to read."""
        self.channels.append(channel)

    def notify_job(self, name: str) -> None:
        """Have the subgraph's job of that name run at once, after the commit."""
        self.notify(job_channel(name))


class UnitOfWorkFactory(Generic[P]):
    """Opens units of work on one subgraph's database."""

    def __init__(
        self,
        source: str,
        database: Database,
        environment: Environment,
        dependencies: P,
        fan_out: FanOut,
        on_events: Callable[[], None],
        tracer: Tracer | None = None,
        publish_versions: Mapping[str, int] | None = None,
    ) -> None:
        self.source = source
        self._publish_versions = publish_versions or {}
        self.database = database
        self.environment = environment
        self.dependencies = dependencies
        self.tracer = tracer or NoOpTracer(environment.randomness)
        self.fan_out = fan_out
        self._on_events = on_events

    def start_span(self, name: str, traceparent: str | None) -> AbstractContextManager[Span]:
        """Do the block, in whatever process, as part of the trace that the work was begun in."""
        return use_span(self.tracer.start_span(name, parent=traceparent))

    @asynccontextmanager
    async def begin(self, caller: Caller = SYSTEM) -> AsyncIterator[UnitOfWork[P]]:
        """A unit of work that commits at the end of the block, and rolls back when the block raises."""
        async with self.database.write() as session:
            unit = UnitOfWork(session, self.environment, self.dependencies, self.tracer, caller)
            yield unit
            await session.flush()
            if unit.publications:
                await write_outbox(session, [self.build_envelope(unit, each) for each in unit.publications])
            self._checkpoint("before", unit)
            await session.commit()
            self._checkpoint("after", unit)
        note_aggregates(event.subject for event in unit.events)
        if unit.publications or unit.has_due_events:
            self._on_events()
        for channel in dict.fromkeys(unit.channels):
            await self._wake(channel)

    async def _wake(self, channel: str) -> None:
        try:
            await self.fan_out.notify(channel)
        except Exception:  # noqa: BLE001 - the change is committed; a lost wake-up only delays those who follow
            _log.exception("unit_of_work.wake_failed", source=self.source, channel=channel)

    def _checkpoint(self, moment: str, unit: UnitOfWork[P]) -> None:
        for event in unit.events:
            self.environment.failpoint(f"{self.source}:commit:{moment}:{event.TYPE}")

    def build_envelope(self, unit: UnitOfWork[P], publication: Publication) -> Envelope:
        """The event as the unit publishes it."""
        event, cause = as_published(publication.event, self._publish_versions), publication.cause
        return Envelope(
            id=unit.new_id("evt"),
            source=f"/entrepot/{self.source}",
            type=event.TYPE,
            time=unit.now,
            subject=event.subject,
            dataversion=event.VERSION,
            data=to_data(event),
            traceparent=publication.traceparent,
            correlationid=cause.correlation,
            causationid=cause.causation,
            actor=cause.actor or unit.caller.user_id,
        )


def _revision_of(event: Event) -> int | None:
    return getattr(event, "revision", None)
