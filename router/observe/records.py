"""What is known of a request that is watched, and of each operation in it of which there is something to tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from entrepot.router.errors import RequestRefused, RouterError
from entrepot.router.execution import Payload
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.instrumentation.request_observer import Watch
from entrepot.shared.telemetry import Trace

Outcome = Literal["answered", "partial", "refused", "abandoned"]
_Message = MutableMapping[str, Any]


class OperationRecord:
    """What came of one operation, made when it is more than an answer.

    An abandoned one was ended since its client left. `codes` are those of its errors, each once; `fetches` counts
    requests to subgraphs where somebody wants to know.
    """

    __slots__ = ("codes", "fetches", "outcome")

    def __init__(self) -> None:
        self.outcome: Outcome = "answered"
        self.codes: tuple[str, ...] = ()
        self.fetches = 0


class Observing(Protocol):
    """Who is told of requests; `under_way` are those that have not ended."""

    under_way: int

    def add_computed(self, request: RequestRecord, context: RequestContext) -> None:
        """The stages have computed something for an operation of the request."""
        ...

    def end_request(self, request: RequestRecord) -> None:
        """The request is answered, or its client has left."""
        ...


class RequestRecord(Watch):
    """One HTTP request, or one operation on a socket, which has no `status`; a batch has several `operations`.

    `failure` is the error that ended it as a whole, `span` that of tracing. As nearly all requests are answered as
    asked, there is nothing else in it then, and it is the only object that is made for a request.
    """

    __slots__ = ("_observer", "failure", "headers", "length", "operations", "span", "started", "status")

    def __init__(
        self, trace: Trace, headers: Mapping[str, str], observer: Observing, started: float, span: Any = None
    ) -> None:
        super().__init__(trace)
        self.headers = headers
        self.started = started
        self.span = span
        self.status: int | None = None
        self.length = 0
        self.failure: BaseException | None = None
        self.operations: tuple[RequestContext, ...] = ()
        self._observer = observer

    def __enter__(self) -> Self:
        self._binding.__enter__()
        self._observer.under_way += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.under_way -= 1
        self._observer.end_request(self)
        # They hold each other, and the collector of such circles costs more than all that is recorded here.
        self.operations = ()
        self._binding.__exit__(kind, error, trace)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of everything that went wrong, each once."""
        codes = () if self.failure is None else tuple(list_codes(self.failure))
        for context in self.operations:
            if context.record is not None:
                codes = merge_codes(codes, context.record.codes)
        return codes

    def note_answer(self, status: int, length: int) -> None:
        self.status = status
        self.length = length

    def follow(self, send: Any) -> Any:
        return _follow(send, self)

    def fail(self, error: Exception) -> None:
        self.failure = error
        if len(self.operations) == 1:
            self.refuse(self.operations[0], error)

    def begin(self, context: RequestContext) -> None:
        self.operations += (context,)

    def add_computed(self, context: RequestContext) -> None:
        self._observer.add_computed(self, context)

    def refuse(self, context: RequestContext, error: BaseException) -> None:
        record = find_record(context)
        if isinstance(error, asyncio.CancelledError):
            record.outcome = "abandoned"
            return
        record.outcome = "refused"
        record.codes = merge_codes(record.codes, list_codes(error))

    def add_errors(self, context: RequestContext, errors: Iterable[Mapping[str, Any]]) -> None:
        record = find_record(context)
        record.outcome = "partial"
        record.codes = merge_codes(record.codes, (_read_code(entry) for entry in errors))

    def add_payload(self, context: RequestContext, payload: Payload) -> None:
        errors = [] if payload.result is None else [*payload.result.errors]
        errors += [error for part in payload.delivered for error in part.errors]
        errors += [error for fragment in payload.completed for error in fragment.errors]
        if errors:
            self.add_errors(context, errors)


def find_record(context: RequestContext) -> OperationRecord:
    """The record of the operation, which is made when it is asked for first."""
    record = context.record
    if record is None:
        record = context.record = OperationRecord()
    return record


def read_kind(context: RequestContext) -> str:
    """Whether it is a query, a mutation or a subscription; `unknown` where it was refused before that was known."""
    return context.operation.kind if hasattr(context, "operation") else "unknown"


def list_codes(error: BaseException) -> list[str]:
    """The codes that a client is told of an error."""
    if isinstance(error, RequestRefused):
        return [_read_code(entry) for entry in error.to_errors()]
    return [error.code if isinstance(error, RouterError) else RouterError.code]


def merge_codes(known: tuple[str, ...], codes: Iterable[str]) -> tuple[str, ...]:
    """The codes together, in their order and each once."""
    return tuple(dict.fromkeys((*known, *codes)))


def _read_code(entry: Mapping[str, Any]) -> str:
    code = (entry.get("extensions") or {}).get("code")
    return code if isinstance(code, str) else "UNKNOWN"


def _follow(
    send: Callable[[_Message], Awaitable[None]], record: RequestRecord
) -> Callable[[_Message], Awaitable[None]]:
    def observed_send(message: _Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            record.status = message["status"]
        else:
            record.length += len(message.get("body", b""))
        return send(message)

    return observed_send
