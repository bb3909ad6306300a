"""The event bus: its interface, independent of the broker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from entrepot.shared.errors import InternalError
from entrepot.shared.telemetry import TRACEPARENT_HEADER

TYPE_HEADER: Final = "ce_type"
"""The header of the event's type, as the Kafka protocol binding of CloudEvents names it."""


class MessageRejected(InternalError):
    """The bus will never take this message (too large, or not encodable); sending it again is no use."""

    code = "MESSAGE_REFUSED"


class MessageNotYetKnown(InternalError):
    """The receiver will be able to deal with the message after an upgrade; until then it comes again."""

    code = "MESSAGE_NOT_YET_KNOWN"


@dataclass(frozen=True, slots=True)
class Message:
    """One event on its way: messages of one key arrive in the order they were sent.

    `headers` say of it what those who carry it may want to know without reading it.
    """

    topic: str
    key: str
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()

    @property
    def traceparent(self) -> str | None:
        """The span that sent it, as its header says (W3C Trace Context)."""
        return self._read_header(TRACEPARENT_HEADER)

    @property
    def type(self) -> str | None:
        """The type of the event inside, as its header says; None where the sender sent no such header."""
        return self._read_header(TYPE_HEADER)

    def _read_header(self, wanted: str) -> str | None:
        said = next((value for name, value in self.headers if name == wanted), None)
        return None if said is None else said.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class ConsumerState:
    """Whether one consumer consumes; `poll_age` in seconds, None before the first poll; `joins` counts memberships."""

    is_consuming: bool
    poll_age: float | None
    joins: int


Receiver = Callable[[Message], Awaitable[None]]
"""Takes one message; returns when it is dealt with for good, raises only when it could not be dealt with at all."""


class Bus(Protocol):
    """Carries messages from one domain to all that subscribe."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Send them in order; returns when none can be lost any more. Raises MessageRejected for what never goes."""
        ...

    async def subscribe(self, group: str, topics: Sequence[str], receiver: Receiver) -> None:
        """Hand every message of the topics to the receiver, once a group, in the order of each key."""
        ...

    def lag(self) -> Mapping[tuple[str, str, int], int]:
        """Messages still to be dealt with by the groups of this process, whichever process they wait for.

        By group, topic and partition; nothing where none can wait.
        """
        ...

    def consumers(self) -> Mapping[str, ConsumerState]:
        """How the groups of this process do, by the names they were subscribed with."""
        ...

    async def close(self) -> None: ...
