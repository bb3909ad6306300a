"""The ids of the work under way, bound once at an edge and carried through every call below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from entrepot.shared.randomness import Randomness

REQUEST_ID_HEADER: Final = "x-request-id"
TRACEPARENT_HEADER: Final = "traceparent"
TRACESTATE_HEADER: Final = "tracestate"
# Ids of nothing but zeros and version ff are invalid; a version after 00 may append fields (W3C Trace Context 3.2).
_TRACEPARENT: Final = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]([0-9a-f])(-.*)?"
)
_SAMPLED: Final = 1
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Trace:
    """Which request this is part of: our request id and the W3C trace and span."""

    request_id: str
    trace_id: str
    span_id: str
    is_sampled: bool = True

    @property
    def traceparent(self) -> str:
        """The `traceparent` header for what is called from here (W3C Trace Context)."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.is_sampled):02x}"


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current_trace() -> Trace | None:
    """The trace bound at the edge, None outside any request."""
    return _current.get()


@contextmanager
def bind_trace(trace: Trace) -> Iterator[Trace]:
    """Carry the trace through everything called in the block."""
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)


def read_trace(request_id: str | None, traceparent: str | None, randomness: Randomness) -> Trace:
    """Continue the caller's trace, or begin one; ids that are not well formed are replaced."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    if match and match[1] == "00" and match[4]:
        match = None
    trace_id = match[2] if match else randomness.token_bytes(16).hex()
    is_sampled = bool(int(match[3], 16) & _SAMPLED) if match else True
    return Trace(name_request(request_id, trace_id), trace_id, randomness.token_bytes(8).hex(), is_sampled)


def name_request(given: str | None, trace_id: str) -> str:
    """The id that the caller gave the request when it is well formed, else one made of the trace's."""
    return given if given and _REQUEST_ID.fullmatch(given) else f"req-{trace_id[:16]}"
