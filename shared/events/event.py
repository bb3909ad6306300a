"""Messages between domains: frozen dataclasses, each a versioned contract that others may rely on.

An event says in the past tense what happened; its contract belongs to the domain that publishes it. A command asks
for something; its contract belongs to the domain that receives it, not to its senders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar

import msgspec

from entrepot.shared.errors import InternalError
from entrepot.shared.events.cause import Cause

SPEC_VERSION: Final = "1.0"


class EventUnknown(InternalError):
    """No contract of that type and version is registered."""

    code = "EVENT_UNKNOWN"

    def __init__(self, type_: str, version: int) -> None:
        super().__init__(f"There is no contract {type_} v{version}.")


class Event:
    """What every contract of an event inherits. `subject` is the aggregate it is about, whose order is kept."""

    TYPE: ClassVar[str]
    VERSION: ClassVar[int]
    SUBJECT: ClassVar[str]
    IS_FULL_STATE: ClassVar[bool] = False
    """Whether it carries the full state of its aggregate, so that the latest event is the current state."""

    @property
    def subject(self) -> str:
        return str(getattr(self, self.SUBJECT))

    def upcast(self) -> Event:
        """The same fact as the next version says it; the newest version answers itself."""
        return self

    def downcast(self) -> Event:
        """The same fact as the version before says it; itself where this version may be published.

        A version that declares this is published as the one before, until a setting of the publisher names it: the
        consumers of the release before do not know it yet.
        """
        return self


class Command(Event):
    """What every contract of a command inherits. `subject` is the receiver's own id of what it is to do.

    The receiver takes effect once per subject, and answers a repeated command as it did before. Its replies carry the
    correlation of the command.
    """


C = TypeVar("C", bound=type[Event])
_EVENT_WORDS: Final = 3
_COMMAND_WORDS: Final = 2
_REGISTRY: Final[dict[tuple[str, int], type[Event]]] = {}


def contract(type_: str, *, subject: str, version: int = 1, is_full_state: bool = False) -> Callable[[C], C]:
    """Register a frozen dataclass as the contract `domain.aggregate.action`; `subject` names the aggregate's field.

    `is_full_state` for one that says all of its aggregate: the newest of each is kept indefinitely. It has a field
    `revision`, which grows with every change of the aggregate; 0 has the outbox count it.
    """

    def register(cls: C) -> C:
        if is_full_state and "revision" not in cls.__annotations__:
            raise ValueError(
                f"{type_} is a full state: it needs a field `revision`, by which readers ignore older ones."
            )
        return _register(cls, type_, _EVENT_WORDS, subject, version, is_full_state=is_full_state)

    return register


def command(type_: str, *, subject: str, version: int = 1) -> Callable[[C], C]:
    """Register a frozen dataclass as the command `receiver.verb`; `subject` names the field with the receiver's id."""

    def register(cls: C) -> C:
        return _register(cls, type_, _COMMAND_WORDS, subject, version, is_full_state=False)

    return register


def _register(cls: C, type_: str, words: int, subject: str, version: int, *, is_full_state: bool) -> C:
    if len(type_.split(".")) != words:
        raise ValueError(f"{type_!r} is no name of an event (domain.aggregate.action) or a command (receiver.verb).")
    if (type_, version) in _REGISTRY:
        raise ValueError(f"The contract {type_} v{version} is declared twice.")
    cls.TYPE, cls.VERSION, cls.SUBJECT, cls.IS_FULL_STATE = type_, version, subject, is_full_state
    _REGISTRY[type_, version] = cls
    return cls


def known_contracts() -> Iterator[type[Event]]:
    """All registered contracts, by type and version."""
    for key in sorted(_REGISTRY):
        yield _REGISTRY[key]


def is_full_state(type_: str, version: int) -> bool:
    """Whether events of that type and version carry the whole state of their aggregate."""
    known = _REGISTRY.get((type_, version))
    return known is not None and known.IS_FULL_STATE


@dataclass(frozen=True, slots=True)
class Envelope:
    """What travels: CloudEvents 1.0 in its JSON form, with the trace as the distributed tracing extension names it.

    `correlationid` and `causationid` are the extension of those names; `actor` is the user on whose behalf it happens.
    """

    id: str
    source: str
    type: str
    time: datetime
    subject: str
    dataversion: int
    data: dict[str, Any]
    specversion: str = SPEC_VERSION
    datacontenttype: str = "application/json"
    traceparent: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    actor: str | None = None

    def to_json(self) -> bytes:
        return msgspec.json.encode(self)

    @property
    def caused(self) -> Cause:
        """The cause of what is published while this is handled."""
        return Cause(self.correlationid, self.id, self.actor)

    def open(self) -> Event:
        """The event inside, brought up to the newest version; raises EventUnknown or msgspec.ValidationError."""
        cls = _REGISTRY.get((self.type, self.dataversion))
        if cls is None:
            raise EventUnknown(self.type, self.dataversion)
        event: Event = msgspec.convert(self.data, cls)
        while (newer := event.upcast()) is not event:
            event = newer
        return event


def read_envelope(raw: bytes) -> Envelope:
    """The envelope in the bytes; raises msgspec.DecodeError."""
    return msgspec.json.decode(raw, type=Envelope)


class _Traced(msgspec.Struct):
    traceparent: str | None = None


def read_traceparent(raw: bytes) -> str | None:
    """The trace that the envelope in the bytes belongs to, read without opening it."""
    return msgspec.json.decode(raw, type=_Traced).traceparent


def to_data(event: Event) -> dict[str, Any]:
    """The event's fields as JSON values."""
    data: dict[str, Any] = msgspec.to_builtins(event)
    return data


def newest_of(cls: type[Event]) -> type[Event]:
    """The newest registered version of the contract: the one that handlers are given."""
    return _REGISTRY[max(key for key in _REGISTRY if key[0] == cls.TYPE)]


def as_published(event: Event, versions: Mapping[str, int]) -> Event:
    """The event in the version that is published: the one in `versions` for its type, else the oldest by `downcast`."""
    wanted = versions.get(event.TYPE, 0)
    while wanted < event.VERSION and (older := event.downcast()) is not event:
        event = older
    return event


def is_newer(type_: str, version: int) -> bool:
    """Whether this process knows the type, and only older versions of it."""
    known = [number for name, number in _REGISTRY if name == type_]
    return bool(known) and version > max(known)


def topic_of(type_: str) -> str:
    """The topic that carries messages of the type.

    Events of a domain share one, so that the order of an aggregate is kept; commands to a domain share another, so that
    those who only listen to its events do not read them.
    """
    domain, *words = type_.split(".")
    return f"entrepot.{domain}.commands" if len(words) < _COMMAND_WORDS else f"entrepot.{domain}"


def snapshots_topic(type_: str) -> str:
    """The topic with the snapshots of the domain that publishes events of the type."""
    return f"{topic_of(type_)}.snapshots"
