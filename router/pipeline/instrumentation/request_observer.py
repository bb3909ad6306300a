"""A request from its beginning to its end, as the edge and the stages tell of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from entrepot.shared.telemetry import Trace, bind_trace

if TYPE_CHECKING:
    from entrepot.router.execution import Payload
    from entrepot.router.pipeline.context import RequestContext

Send = TypeVar("Send")


class Watch:
    """Binds the ids of an HTTP request, or of one operation on a socket, for as long as it takes.

    Nobody looks on here; what does is a subclass. Its methods are called within the block.
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

    def note_answer(self, status: int, length: int) -> None:
        """A whole answer was sent, of this many bytes."""

    def follow(self, send: Send) -> Send:
        """What to send a stream with instead of `send`, so that its status and length are known."""
        return send

    def fail(self, error: Exception) -> None:
        """The whole request is answered with this error."""

    def begin(self, context: RequestContext) -> None:
        """An operation of the request is about to be prepared."""

    def add_computed(self, context: RequestContext) -> None:
        """The stages have computed for the operation what no earlier request has left behind."""

    def refuse(self, context: RequestContext, error: BaseException) -> None:
        """The operation has no answer but this error, or was ended by its client."""

    def add_errors(self, context: RequestContext, errors: Iterable[Mapping[str, Any]]) -> None:
        """The answer to the operation, or an event of it, has these entries of `errors`."""

    def add_payload(self, context: RequestContext, payload: Payload) -> None:
        """A part of the answer to the operation was made."""


UNWATCHED: Final = Watch(Trace("unwatched", "0" * 32, "0" * 16, is_sampled=False))
"""For operations that no request brought."""
