"""Spans: pieces of work with a beginning and an end, each within the one that called for it, across processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from entrepot.shared.randomness import Randomness
from entrepot.shared.telemetry.context import Trace, bind_trace, read_trace

SpanKind = Literal["internal", "server", "client", "producer", "consumer"]
Attributes = Mapping[str, str | int | float | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingOptions:
    """Where spans are sent by OTLP over HTTP, and how many of them.

    A trace that the caller began is recorded when the caller says so, any other by `ratio`, a share from 0 to 1.
    Spans are sent every `interval` seconds, and at most `queue` of them wait; more are dropped.
    """

    service_name: str
    endpoint: str
    headers: Mapping[str, str] = field(default_factory=dict)
    ratio: float = 1.0
    interval: float = 5.0
    queue: int = 2048


class Span(Protocol):
    """A piece of work under way."""

    @property
    def trace(self) -> Trace:
        """The trace context for work below this span."""
        ...

    def set_attribute(self, name: str, value: str | float) -> None:
        """Record a fact about it, named by OpenTelemetry's semantic conventions."""
        ...

    def set_error(self, error_type: str) -> None:
        """It did not do what it was to do; `error_type` says why without saying anything of the data."""
        ...

    def end(self) -> None: ...

    def drop(self) -> None:
        """End it as if it had never been; for spans that were started as buffered."""
        ...


class Tracer(Protocol):
    """Begins spans."""

    @property
    def is_on(self) -> bool:
        """Whether anybody records them: where not, there is no need to begin those that lead nowhere further."""
        ...

    def start_span(
        self,
        name: str,
        *,
        parent: str | None,
        request_id: str | None = None,
        kind: SpanKind = "internal",
        attributes: Attributes | None = None,
        is_buffered: bool = False,
    ) -> Span:
        """A span within the one that the `traceparent` names, else the first of a trace.

        What a buffered one and those below it record is kept back until it ends, or is dropped with it.
        """
        ...

    def close(self) -> None:
        """Send what is not sent yet; may take as long as the network does, so that a thread is the place for it."""
        ...


@contextmanager
def use_span(span: Span) -> Iterator[Span]:
    """Do the block as the work of the span, which ends with it, and fails with it."""
    try:
        with bind_trace(span.trace):
            yield span
    except BaseException as error:
        span.set_error(type(error).__qualname__)
        raise
    finally:
        span.end()


@dataclass(frozen=True, slots=True)
class NonRecordingSpan:
    """Ids for those who are called from here, and for the log."""

    trace: Trace

    def set_attribute(self, name: str, value: str | float) -> None:
        """Nobody records it."""

    def set_error(self, error_type: str) -> None:
        """As above."""

    def end(self) -> None:
        """As above."""

    def drop(self) -> None:
        """As above."""


@dataclass(frozen=True, slots=True)
class NoOpTracer:
    """The tracer where tracing is off: ids go on from caller to callee, and that is all."""

    randomness: Randomness
    is_on: bool = False

    def start_span(
        self,
        name: str,  # noqa: ARG002 - as the protocol has it
        *,
        parent: str | None,
        request_id: str | None = None,
        kind: SpanKind = "internal",  # noqa: ARG002 - as above
        attributes: Attributes | None = None,  # noqa: ARG002 - as above
        is_buffered: bool = False,  # noqa: ARG002 - as above
    ) -> NonRecordingSpan:
        return NonRecordingSpan(read_trace(request_id, parent, self.randomness))

    def close(self) -> None:
        """There is nothing to send."""
