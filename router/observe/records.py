"""The record of a request, and of each operation in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from types import TracebackType
from typing import Any, Protocol, Self

from entrepot.router.errors import RequestRefused, RouterError
from entrepot.router.execution import Payload
from entrepot.router.pipeline.context import RequestContext, RequestObserver
from entrepot.router.pipeline.instrumentation.records import OperationRecord
from entrepot.shared.telemetry import Trace

_Message = MutableMapping[str, Any]


class Observing(Protocol):
    """Receives the records of requests; `in_flight` counts those that have not ended."""

    in_flight: int

    def record_computed_stages(self, request: RequestRecord, context: RequestContext) -> None:
        """The stages have computed something for an operation of the request."""
        ...

    def end_request(self, request: RequestRecord) -> None:
        """The request is answered, or its client has left."""
        ...


class RequestRecord(RequestObserver):
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
        self._observer.in_flight += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.in_flight -= 1
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

    def record_response(self, status: int, length: int) -> None:
        self.status = status
        self.length = length

    def wrap_send(self, send: Any) -> Any:
        return _wrap_send(send, self)

    def record_failure(self, error: Exception) -> None:
        self.failure = error
        if len(self.operations) == 1:
            self.record_refusal(self.operations[0], error)

    def begin_operation(self, context: RequestContext) -> None:
        self.operations += (context,)

    def record_computed_stages(self, context: RequestContext) -> None:
        self._observer.record_computed_stages(self, context)

    def record_refusal(self, context: RequestContext, error: BaseException) -> None:
        record = find_record(context)
        if isinstance(error, asyncio.CancelledError):
            record.outcome = "abandoned"
            return
        record.outcome = "refused"
        record.codes = merge_codes(record.codes, list_codes(error))

    def record_errors(self, context: RequestContext, errors: Iterable[Mapping[str, Any]]) -> None:
        record = find_record(context)
        record.outcome = "partial"
        record.codes = merge_codes(record.codes, (_read_code(entry) for entry in errors))

    def record_payload(self, context: RequestContext, payload: Payload) -> None:
        errors = [] if payload.result is None else [*payload.result.errors]
        errors += [error for part in payload.delivered for error in part.errors]
        errors += [error for fragment in payload.completed for error in fragment.errors]
        if errors:
            self.record_errors(context, errors)


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
    """The error codes that the client sees."""
    if isinstance(error, RequestRefused):
        return [_read_code(entry) for entry in error.to_errors()]
    return [error.code if isinstance(error, RouterError) else RouterError.code]


def merge_codes(known: tuple[str, ...], codes: Iterable[str]) -> tuple[str, ...]:
    """The codes together, in their order and each once."""
    return tuple(dict.fromkeys((*known, *codes)))


def _read_code(entry: Mapping[str, Any]) -> str:
    code = (entry.get("extensions") or {}).get("code")
    return code if isinstance(code, str) else "UNKNOWN"


def _wrap_send(
    send: Callable[[_Message], Awaitable[None]], record: RequestRecord
) -> Callable[[_Message], Awaitable[None]]:
    def observed_send(message: _Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            record.status = message["status"]
        else:
            record.length += len(message.get("body", b""))
        return send(message)

    return observed_send
