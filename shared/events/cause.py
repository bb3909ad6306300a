"""What a message is published for: the conversation it belongs to, the event that led to it, and on whose behalf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Cause:
    """`correlation` is the asker's address of the conversation, which replies carry back unchanged.

    `causation` is the id of the event that is being handled; `actor` is the user on whose behalf all of it happens.
    """

    correlation: str | None = None
    causation: str | None = None
    actor: str | None = None

    def to_data(self) -> dict[str, str]:
        """The fields that are set, as JSON: a row keeps them until it can reply."""
        return {name: value for name, value in asdict(self).items() if value is not None}


NO_CAUSE: Final = Cause()

_current: ContextVar[Cause] = ContextVar("cause", default=NO_CAUSE)


def current_cause() -> Cause:
    """What the work of this task is done for."""
    return _current.get()


@contextmanager
def bind_cause(cause: Cause) -> Iterator[None]:
    """Publish everything in the block for this cause."""
    token = _current.set(cause)
    try:
        yield
    finally:
        _current.reset(token)


def correlate(correlation: str | None) -> Cause:
    """The present cause as part of another conversation; None leaves it as it is."""
    cause = current_cause()
    return cause if correlation is None else replace(cause, correlation=correlation)


def read_cause(data: Mapping[str, str] | None) -> Cause:
    """The cause that a row keeps."""
    return Cause(**data) if data else NO_CAUSE
