"""The consumer: takes messages, and lets each handler take effect once, however often a message comes."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import msgspec

from shared.events.backoff import Backoff
from shared.events.bus import Bus, Message
from shared.events.event import Envelope, Event, newest_of, read_envelope, topic_of
from shared.events.inbox import bury, note_handled
from shared.events.unit_of_work import Transactions, UnitOfWork
from shared.telemetry import bind_trace, get_logger, read_trace

P = TypeVar("P")
_log: Final = get_logger(__name__)

UNREADABLE: Final = "(unreadable)"
"""What stands for the handler in a dead letter that no handler has seen."""

Handler = Callable[[UnitOfWork[Any], Any], Awaitable[None]]
HandlerTable = Mapping[type[Event], Sequence[Handler]]


@dataclass(frozen=True, slots=True)
class ConsumerRules:
    """How often a handler may fail on an event before the event is buried, and how long to wait in between."""

    attempts: int = 8
    backoff: Backoff = field(default_factory=lambda: Backoff(base=0.05, limit=5.0))


class Consumer(Generic[P]):
    """Bus to handlers for one subgraph."""

    def __init__(
        self, handlers: HandlerTable, transactions: Transactions[P], rules: ConsumerRules | None = None
    ) -> None:
        _check_handlers(handlers)
        self._handlers = handlers
        self._types = frozenset(contract.TYPE for contract in handlers)
        self._transactions = transactions
        self._rules = rules or ConsumerRules()

    async def start(self, bus: Bus) -> None:
        """Subscribe to the topics of all contracts that there are handlers for."""
        topics = sorted({topic_of(contract.TYPE) for contract in self._handlers})
        if topics:
            await bus.subscribe(self._transactions.source, topics, self.receive)

    async def receive(self, message: Message) -> None:
        """Deal with one message for good: each handler has taken effect, or the message is buried for it."""
        try:
            envelope = read_envelope(message.value)
        except msgspec.DecodeError as error:
            await self._bury(_name_unreadable(message.value), UNREADABLE, message.value, str(error), 1)
            return
        if envelope.type not in self._types:
            return  # Something that shares the topic, and that nobody here asked for.
        try:
            event = envelope.open()
        except Exception as error:  # noqa: BLE001 - a version still unknown here, or data that is not as agreed
            reason = f"{type(error).__name__}: {error}"
            await self._bury(envelope.id, UNREADABLE, message.value, reason, 1)
            return
        seams = self._transactions.seams
        with bind_trace(read_trace(None, envelope.traceparent, seams.randomness)):
            for handler in self._handlers.get(type(event), ()):
                await self._handle(handler, envelope, event, message.value)

    async def _handle(self, handler: Handler, envelope: Envelope, event: Event, raw: bytes) -> None:
        seams = self._transactions.seams
        name = handler.__name__
        for attempt in range(1, self._rules.attempts + 1):
            try:
                await self._take_effect(handler, name, envelope, event)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is recorded, never lost
                _log.exception("consumer.handler_failed", handler=name, type=event.TYPE, attempt=attempt)
                reason = f"{type(error).__name__}: {error}"
            else:
                return
            if attempt == self._rules.attempts:
                await self._bury(envelope.id, name, raw, reason, attempt)
                return
            await seams.clock.sleep(self._rules.backoff.delay(attempt, seams.randomness))

    async def _take_effect(self, handler: Handler, name: str, envelope: Envelope, event: Event) -> None:
        async with self._transactions.begin() as unit:
            if await note_handled(unit.session, event_id=envelope.id, handler=name, now=unit.now):
                await handler(unit, event)

    async def _bury(self, event_id: str, handler: str, raw: bytes, reason: str, attempts: int) -> None:
        _log.error("consumer.buried", handler=handler, event_id=event_id, reason=reason)
        async with self._transactions.begin() as unit:
            await bury(
                unit.session,
                event_id=event_id,
                handler=handler,
                envelope=raw,
                reason=reason,
                attempts=attempts,
                now=unit.now,
            )


def _name_unreadable(raw: bytes) -> str:
    """The same id for the same bytes: however often they come, they are buried once."""
    return f"evt_{hashlib.sha256(raw).hexdigest()[:32]}"


def _check_handlers(handlers: HandlerTable) -> None:
    for declared, wanted in handlers.items():
        newest = newest_of(declared)
        if newest is not declared:
            raise ValueError(f"Handlers of {declared.TYPE} are given version {newest.VERSION}: declare them for that.")
        names = [handler.__name__ for handler in wanted]
        if len(set(names)) < len(names):
            raise ValueError(f"Two handlers of {declared.TYPE} share a name, by which the inbox tells them apart.")
