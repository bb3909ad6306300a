"""A span for each SQL statement that is part of a traced request: its text, which holds no values."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, Final

from sqlalchemy import ExceptionContext, event
from sqlalchemy.engine import Connection

from entrepot.shared.db.session import Database
from entrepot.shared.telemetry import Span, Tracer, current_trace

_SPAN: Final = "entrepot_span"
_MAX_TEXT: Final = 10_000


def trace_statements(database: Database, tracer: Tracer) -> None:
    """Record the statements of this database from now on; those of no trace, or of one not sampled, are left out."""
    namespace = PurePath(database.url.database or "").stem
    facts = {"db.system.name": database.url.get_backend_name(), "db.namespace": namespace}
    if database.url.host is not None:
        facts["server.address"] = database.url.host

    def begin(connection: Connection, _cursor: Any, statement: str, _p: Any, _context: Any, _many: Any) -> None:
        trace = current_trace()
        if trace is None or not trace.is_sampled:
            return
        verb = statement.split(None, 1)[0].upper() if statement else ""
        attributes = facts | {"db.operation.name": verb, "db.query.text": statement[:_MAX_TEXT]}
        connection.info[_SPAN] = tracer.start_span(
            f"{verb} {namespace}", parent=trace.traceparent, kind="client", attributes=attributes
        )

    def end(connection: Connection, *_details: Any) -> None:
        span: Span | None = connection.info.pop(_SPAN, None)
        if span is not None:
            span.end()

    def fail(context: ExceptionContext) -> None:
        connection = context.connection
        span: Span | None = None if connection is None or connection.invalidated else connection.info.pop(_SPAN, None)
        if span is not None:
            span.set_error(type(context.original_exception).__qualname__)
            span.end()

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)
