"""A request from its beginning to its end, as the edge sees it."""

from __future__ import annotations

from types import TracebackType
from typing import Self, TypeVar

from shared.telemetry import Trace, bind_trace

Send = TypeVar("Send")


class Watch:
    """Binds the ids of an HTTP request, or of one operation on a socket, for as long as it takes.

    Nobody looks on here; what does is a subclass.
    """

    __slots__ = ("_binding", "trace")

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._binding = bind_trace(trace)

    def __enter__(self) -> Self:
        self._binding.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._binding.__exit__(kind, error, trace)

    def follow(self, send: Send) -> Send:
        """What to send the answer with instead of `send`, so that its status and length are known."""
        return send

    def fail(self, error: Exception) -> None:
        """Say that this error is the answer."""
