"""Logs and the ids that tie them together."""

from shared.telemetry.context import (
    REQUEST_ID_HEADER,
    TRACEPARENT_HEADER,
    TRACESTATE_HEADER,
    Trace,
    bind_trace,
    current_trace,
    read_trace,
)
from shared.telemetry.logging import configure_logging, get_logger

__all__ = [
    "REQUEST_ID_HEADER",
    "TRACEPARENT_HEADER",
    "TRACESTATE_HEADER",
    "Trace",
    "bind_trace",
    "configure_logging",
    "current_trace",
    "get_logger",
    "read_trace",
]
