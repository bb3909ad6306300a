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

__all__ = [
    "REQUEST_ID_HEADER",
    "TRACEPARENT_HEADER",
    "TRACESTATE_HEADER",
    "NoOpTracer",
    "Span",
    "Trace",
    "Tracer",
    "TracingOptions",
    "bind_trace",
    "configure_logging",
    "current_trace",
    "get_logger",
    "read_trace",
    "use_span",
]
