"""Events: frozen dataclasses in the past tense, each a versioned contract that other domains may rely on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar

import msgspec

from entrepot.shared.errors import InternalError

SPEC_VERSION: Final = "1.0"


class EventUnknown(InternalError):
    """No contract of that type and version is registered."""

    code = "EVENT_UNKNOWN"

    def __init__(self, type_: str, version: int) -> None:
        super().__init__(f"There is no contract {type_} v{version}.")


class Event:
    """What every contract inherits. `subject` is the aggregate the event is about, whose order is kept."""

    TYPE: ClassVar[str]
    VERSION: ClassVar[int]
    SUBJECT: ClassVar[str]
    IS_FULL_STATE: ClassVar[bool]
    """Whether it carries the full state of its aggregate, so that the latest event is the current state."""

    @property
    def subject(self) -> str:
        return str(getattr(self, self.SUBJECT))

    def upcast(self) -> Event:
        """The same fact as the next version says it; the newest version answers itself."""
        return self


C = TypeVar("C", bound=type[Event])
_REGISTRY: Final[dict[tuple[str, int], type[Event]]] = {}


def contract(type_: str, *, subject: str, version: int = 1, is_full_state: bool = False) -> Callable[[C], C]:
    """Register a frozen dataclass as the contract `domain.aggregate.action`; `subject` names the aggregate's field.

    `is_full_state` for one that says all of its aggregate: the newest of each is kept indefinitely. It has a field
    `revision`, which grows with every change of the aggregate; 0 has the outbox count it.
    """

    def register(cls: C) -> C:
        if (type_, version) in _REGISTRY:
            raise ValueError(f"The contract {type_} v{version} is declared twice.")
        if is_full_state and "revision" not in cls.__annotations__:
            raise ValueError(
                f"{type_} is a full state: it needs a field `revision`, by which readers ignore older ones."
            )
        cls.TYPE, cls.VERSION, cls.SUBJECT, cls.IS_FULL_STATE = type_, version, subject, is_full_state
        _REGISTRY[type_, version] = cls
        return cls

    return register


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
    """What travels: CloudEvents 1.0 in its JSON form, with the trace as the distributed tracing extension names it."""

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

    def to_json(self) -> bytes:
        return msgspec.json.encode(self)

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


def topic_of(type_: str) -> str:
    """The topic that carries events of the type: one a publishing domain, so that an aggregate's order is kept."""
    return f"entrepot.{type_.partition('.')[0]}"


def snapshots_topic(type_: str) -> str:
    """The topic with the snapshots of the domain that publishes events of the type."""
    return f"{topic_of(type_)}.snapshots"
