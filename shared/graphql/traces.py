"""Spans of what a subgraph is asked: one for the request over HTTP, and below it one for the operation of GraphQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import Message, Scope, Send
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from entrepot.shared.telemetry import REQUEST_ID_HEADER, TRACEPARENT_HEADER, Span, Tracer, current_trace, use_span

_ROUTE: Final = "/graphql"
_MAX_NAME: Final = 100
_FIRST_SERVER_ERROR: Final = 500


def begin_request(tracer: Tracer, scope: Scope) -> Span:
    """The span of the request in the scope, within the one that its `traceparent` names."""
    headers = HTTPConnection(scope).headers
    method: str = scope.get("method", "GET")
    attributes = {"http.request.method": method, "http.route": _ROUTE, "url.path": scope["path"]}
    return tracer.start_span(
        f"{method} {_ROUTE}",
        parent=headers.get(TRACEPARENT_HEADER),
        request_id=headers.get(REQUEST_ID_HEADER),
        kind="server",
        attributes=attributes,
    )


def note_status(send: Send, span: Span) -> Send:
    """The way back to the caller, on which the span learns what was answered."""

    async def noting_send(message: Message) -> None:
        if message["type"] == "http.response.start":
            status: int = message["status"]
            span.set_attribute("http.response.status_code", status)
            if status >= _FIRST_SERVER_ERROR:
                span.set_error(str(status))
        await send(message)

    return noting_send


class TraceOperation(SchemaExtension):
    """A span for the execution of a query or a mutation; a subscription lives as long as its request's does."""

    def __init__(self, executed: ExecutionContext) -> None:
        self.execution_context = executed

    def on_execute(self) -> Iterator[None]:
        executed = self.execution_context
        kind = executed.operation_type
        trace = current_trace()
        if trace is None or kind is OperationType.SUBSCRIPTION:
            yield
            return
        name = executed.operation_name
        attributes = {"graphql.operation.type": kind.value}
        if name is not None:
            attributes["graphql.operation.name"] = name[:_MAX_NAME]
        said = f"{kind.value} {name[:_MAX_NAME]}" if name is not None else kind.value
        tracer = executed.context.transactions.tracer
        with use_span(tracer.start_span(said, parent=trace.traceparent, attributes=attributes)) as span:
            yield
            result = executed.result
            if result is not None and result.errors:
                span.set_error(type(result.errors[0].original_error or result.errors[0]).__qualname__)
