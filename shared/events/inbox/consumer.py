"""The consumer: takes messages, and lets each handler take effect once, however often a message comes."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import msgspec

from entrepot.shared.backoff import Backoff
from entrepot.shared.db import DatabaseUnavailable
from entrepot.shared.events.bus.bus import Bus, Message, MessageNotYetKnown
from entrepot.shared.events.cause import Cause, bind_cause
from entrepot.shared.events.contracts.dead_letters import EventDeadLettered
from entrepot.shared.events.event import Event, is_newer, read_envelope, topic_of
from entrepot.shared.events.inbox.handler import Handler, HandlerTable, check_handlers
from entrepot.shared.events.inbox.inbox import add_dead_letter, note_handled
from entrepot.shared.events.inbox.locks import take_locks
from entrepot.shared.events.inbox.redelivery import end_letter, list_letters_to_retry, note_failed_retry
from entrepot.shared.events.operations.counters import EventCounters, UnknownVersions
from entrepot.shared.events.outbox.group_commit import GroupCommit
from entrepot.shared.events.outbox.unit_of_work import UnitOfWorkFactory
from entrepot.shared.telemetry import Span, Trace, bind_trace, get_logger, log_event, use_span

P = TypeVar("P")
_log: Final = get_logger(__name__)

DEAD_LETTERED: Final = "DEAD_LETTERED"
"""What a handler's span says when its event became a dead letter."""
UNREADABLE: Final = "(unreadable)"
"""What stands for the handler in a dead letter that no handler has seen."""


@dataclass(frozen=True, slots=True)
class ConsumerRules:
    """How often a handler may fail before the event becomes a dead letter, and how long to wait between attempts."""

    attempts: int = 8
    max_group: int = 128
    """How many effects may share one transaction."""
    max_locking: int = 8
    """How many of them, when they lock rows: other workers wait for these until the transaction ends."""
    max_skips: int = 8
    """How often an effect lets others go first because its rows are locked, before it waits for them."""
    backoff: Backoff = field(default_factory=lambda: Backoff(base=0.05, limit=5.0))


@dataclass(frozen=True, slots=True)
class _Effect:
    """One handler's dealing with one event."""

    handler: Handler
    event_id: str
    event: Event
    trace: Trace
    cause: Cause

    @property
    def key(self) -> tuple[str, str]:
        return self.event_id, self.handler.name


@dataclass(slots=True, eq=False)
class _Turn:
    """An effect that waits for its transaction: how often it let others go first, and what came of it."""

    effect: _Effect
    skips: int = 0
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class _Letter:
    """A message that a handler cannot deal with."""

    event_id: str
    handler: str
    message: Message


class Consumer(Generic[P]):
    """Bus to handlers for one subgraph.

    Messages of different aggregates that are there at the same time take effect in one transaction; when one of
    them fails it is rolled back, and each takes effect in one of its own.
    """

    def __init__(
        self,
        handlers: HandlerTable,
        transactions: UnitOfWorkFactory[P],
        rules: ConsumerRules | None = None,
        counters: EventCounters | None = None,
    ) -> None:
        check_handlers(handlers)
        self._handlers = handlers
        self._types = frozenset(contract.TYPE for contract in handlers)
        self._transactions = transactions
        self._rules = rules or ConsumerRules()
        self.counters = counters or EventCounters()
        self.unknown_versions = UnknownVersions()
        self._group = GroupCommit(self._take_effects, self._rules.max_group)

    async def start(self, bus: Bus) -> None:
        """Subscribe to the topics of all contracts that there are handlers for."""
        topics = sorted({topic_of(contract.TYPE) for contract in self._handlers})
        if topics:
            await bus.subscribe(self._transactions.source, topics, self.receive)

    async def receive(self, message: Message) -> None:
        """Deal with one message for good: each handler has taken effect, or the message is a dead letter for it.

        Raises DatabaseUnavailable, and MessageNotYetKnown for a version newer than this process: then it has not been
        dealt with, and must come again.
        """
        if message.type is not None and message.type not in self._types:
            return  # Not decoded: most events of a topic are of no interest to most of its consumers.
        try:
            envelope = read_envelope(message.value)
        except msgspec.DecodeError as error:
            await self._dead_letter(_Letter(_name_unreadable(message.value), UNREADABLE, message), str(error), 1)
            return
        if envelope.type not in self._types:
            return  # Something that shares the topic, and that nobody here asked for.
        try:
            event = envelope.open()
        except Exception as error:
            if is_newer(envelope.type, envelope.dataversion):
                now = self._transactions.environment.clock.monotonic()
                self.unknown_versions.note(envelope.type, envelope.dataversion, now)
                raise MessageNotYetKnown(f"{error} A newer process published it: upgrade this one.") from error
            reason = f"{type(error).__name__}: {error}"
            await self._dead_letter(_Letter(envelope.id, UNREADABLE, message), reason, 1)
            return
        parent = message.traceparent or envelope.traceparent
        for handler in self._handlers.get(type(event), ()):
            with use_span(self._begin(handler, event, parent)) as span:
                await self._handle(_Effect(handler, envelope.id, event, span.trace, envelope.caused), message, span)

    def _begin(self, handler: Handler, event: Event, parent: str | None) -> Span:
        tracer, name = self._transactions.tracer, f"process {handler.name}"
        if not tracer.is_on:
            return tracer.start_span(name, parent=parent)
        attributes = {
            "messaging.operation.type": "process",
            "messaging.destination.name": topic_of(event.TYPE),
            "messaging.consumer.group.name": self._transactions.source,
            "entrepot.event.type": event.TYPE,
            "entrepot.event.subject": event.subject,
        }
        return tracer.start_span(name, parent=parent, kind="consumer", attributes=attributes)

    async def _handle(self, effect: _Effect, message: Message, span: Span) -> None:
        environment = self._transactions.environment
        name, started = effect.handler.name, environment.clock.monotonic()
        for attempt in range(1, self._rules.attempts + 1):
            try:
                # Alone once it has failed, for its failure is that of all that share its transaction.
                await (self._group.submit(effect) if attempt == 1 else self._commit([effect]))
            except DatabaseUnavailable:
                # Nobody's fault here, nor can it be recorded: the bus brings the message again, as often as it takes.
                raise
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is recorded, never lost
                _log.exception("consumer.handler_failed", handler=name, type=effect.event.TYPE, attempt=attempt)
                reason = f"{type(error).__name__}: {error}"
                self.counters.handler_failures += 1
                span.set_attribute("entrepot.attempts", attempt)
            else:
                self._log(effect, attempt, "handled", started)
                return
            if attempt == self._rules.attempts:
                span.set_error(DEAD_LETTERED)
                self._log(effect, attempt, "dead_lettered", started)
                await self._dead_letter(_Letter(effect.event_id, name, message), reason, attempt)
                return
            await environment.clock.sleep(self._rules.backoff.delay(attempt, environment.randomness))
            self.counters.retries += 1

    def _log(self, effect: _Effect, attempt: int, outcome: str, started: float) -> None:
        log_event(
            subgraph=self._transactions.source,
            handler=effect.handler.name,
            type_=effect.event.TYPE,
            event_id=effect.event_id,
            subject=effect.event.subject,
            attempt=attempt,
            outcome=outcome,
            seconds=self._transactions.environment.clock.monotonic() - started,
        )

    async def _take_effects(self, effects: Sequence[_Effect]) -> Sequence[Exception | None]:
        """All of them, in as many transactions as it takes; those whose rows are locked by others come later."""
        turns = [_Turn(effect) for effect in effects]
        waiting = deque(turns)
        has_locks = not self._transactions.database.is_sqlite and any(effect.handler.locks for effect in effects)
        limit = self._rules.max_locking if has_locks else self._rules.max_group
        while waiting:
            is_patient = waiting[0].skips >= self._rules.max_skips
            group = [waiting.popleft() for _ in range(1 if is_patient else min(limit, len(waiting)))]
            skipped = await self._take_group(group, is_patient=is_patient)
            for turn in skipped:
                turn.skips += 1
            if len(skipped) < len(group):
                waiting.extend(skipped)
            else:
                # Others have locked rows of all of them: the next transaction waits for those of the first.
                group[0].skips = self._rules.max_skips
                waiting.extendleft(reversed(group))
        return [turn.error for turn in turns]

    async def _take_group(self, group: Sequence[_Turn], *, is_patient: bool) -> Sequence[_Turn]:
        """One transaction for all, else one for each; returns those whose rows are locked by others."""
        try:
            skipped = await self._commit([turn.effect for turn in group], skip_locked=not is_patient)
        except Exception as error:  # noqa: BLE001 - which of them it was shows when each is on its own
            if len(group) == 1:
                group[0].error = error
                return ()
            _log.info("consumer.group_failed", effects=len(group), error=type(error).__name__)
        else:
            return [turn for turn in group if turn.effect.key in skipped]
        for turn in group:
            turn.error = await self._attempt(turn.effect)
        return ()

    async def _attempt(self, effect: _Effect) -> Exception | None:
        try:
            await self._commit([effect])
        except Exception as error:  # noqa: BLE001 - returned to the submitter
            return error
        return None

    async def _commit(
        self, effects: Sequence[_Effect], *, ended: tuple[str, str] | None = None, skip_locked: bool = False
    ) -> Collection[tuple[str, str]]:
        """One transaction for all; effects that were taken before, or stand here twice, are taken once.

        `ended` is the dead letter, by event and handler, that there is no more need of. With `skip_locked`, effects
        whose rows are locked by others are not taken; returns those.
        """
        wanted = {effect.key: effect for effect in effects}
        async with self._transactions.begin() as unit:
            declared = [(effect.event, effect.handler.locks) for effect in wanted.values()]
            is_ready = await take_locks(unit.session, declared, skip_locked=skip_locked)
            ready = {key: effect for (key, effect), ok in zip(wanted.items(), is_ready, strict=True) if ok}
            if not ready:
                return wanted.keys()
            former = {key: effect.handler.former_names for key, effect in ready.items()}
            noted = await note_handled(unit.session, former, unit.now)
            fresh = [effect for key, effect in ready.items() if key in noted]
            # Rows that no handler declares are likely to have names that sort as conversations and subjects do.
            for effect in sorted(fresh, key=lambda effect: effect.cause.correlation or effect.event.subject):
                with bind_trace(effect.trace), bind_cause(effect.cause):
                    await effect.handler.function(unit, effect.event)
                # Each begins as on a session of its own: what the one before read may have been changed past the ORM.
                await unit.session.flush()
                unit.session.expunge_all()
            if ended is not None:
                await end_letter(unit.session, *ended)
        self.counters.handled += len(fresh)
        return wanted.keys() - ready.keys()

    async def retry_letters(self, _transactions: UnitOfWorkFactory[P]) -> int:
        """Give the dead letters that somebody asked for to their handlers once more; how many."""
        async with self._transactions.database.read() as session:
            letters = await list_letters_to_retry(session, self._transactions.environment.clock.now())
        for letter in letters:
            try:
                await self._retry(letter.event_id, letter.handler, letter.envelope.encode())
            except Exception as error:  # noqa: BLE001 - it stays a dead letter, with the newest reason
                _log.exception("consumer.retry_failed", handler=letter.handler, event_id=letter.event_id)
                reason = f"{type(error).__name__}: {error}"
                async with self._transactions.begin() as unit:
                    await note_failed_retry(unit.session, letter.event_id, letter.handler, reason, unit.now)
        return len(letters)

    async def _retry(self, event_id: str, handler: str, raw: bytes) -> None:
        """The letter's end and the effect in one transaction; raises whatever keeps it from being dealt with."""
        envelope = read_envelope(raw)
        event = envelope.open()
        known = self._handlers.get(type(event), ())
        wanted = [each for each in known if handler == UNREADABLE or each.is_named(handler)]
        if not wanted:
            raise LookupError(f"No handler {handler} takes {event.TYPE}.")
        spans = [self._begin(each, event, envelope.traceparent) for each in wanted]
        effects = [
            _Effect(each, envelope.id, event, span.trace, envelope.caused)
            for each, span in zip(wanted, spans, strict=True)
        ]
        try:
            await self._commit(effects, ended=(event_id, handler))
        except Exception as error:
            for span in spans:
                span.set_error(type(error).__qualname__)
            raise
        finally:
            for span in spans:
                span.end()

    async def _dead_letter(self, letter: _Letter, reason: str, attempts: int) -> None:
        """Store the dead letter, and publish that it was added."""
        self.counters.dead_lettered += 1
        _log.error("consumer.dead_lettered", handler=letter.handler, event_id=letter.event_id, reason=reason)
        async with self._transactions.begin() as unit:
            await add_dead_letter(
                unit.session,
                event_id=letter.event_id,
                handler=letter.handler,
                subject=letter.message.key,
                envelope=letter.message.value,
                reason=reason,
                attempts=attempts,
                now=unit.now,
            )
            unit.publish(
                EventDeadLettered(
                    event_id=letter.event_id,
                    handler=letter.handler,
                    subgraph=self._transactions.source,
                    aggregate=letter.message.key,
                    topic=letter.message.topic,
                    reason=reason,
                    attempts=attempts,
                )
            )


def _name_unreadable(raw: bytes) -> str:
    """The same id for the same bytes: however often they come, there is one dead letter."""
    return f"evt_{hashlib.sha256(raw).hexdigest()[:32]}"
