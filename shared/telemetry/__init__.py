"""Logs, spans, and the ids that tie them together."""

from entrepot.shared.telemetry.context import (
    REQUEST_ID_HEADER,
    TRACEPARENT_HEADER,
    TRACESTATE_HEADER,
    Trace,
    bind_trace,
    current_trace,
    read_trace,
)
from entrepot.shared.telemetry.logging import configure_logging, get_logger
from entrepot.shared.telemetry.tracing import NoOpTracer, Span, Tracer, TracingOptions, use_span
from entrepot.shared.telemetry.work_log import (
    WorkLogSettings,
    configure_work_log,
    log_event,
    log_operation,
    log_transition,
    note_aggregates,
    note_refusal,
)

__all__ = [
    "REQUEST_ID_HEADER",
    "TRACEPARENT_HEADER",
    "TRACESTATE_HEADER",
    "NoOpTracer",
    "Span",
    "Trace",
    "Tracer",
    "TracingOptions",
    "WorkLogSettings",
    "bind_trace",
    "configure_logging",
    "configure_work_log",
    "current_trace",
    "get_logger",
    "log_event",
    "log_operation",
    "log_transition",
    "note_aggregates",
    "note_refusal",
    "read_trace",
    "use_span",
]
