"""Structured logs: the event's name first, then keys and values, the ids of the request on every line."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog

from entrepot.shared.clock import SystemClock
from entrepot.shared.colours import wants_colour
from entrepot.shared.telemetry.context import current_trace
from entrepot.shared.telemetry.repeats import RepeatFilter

_SECRET: Final = re.compile(
    r"(password|passphrase|token|secret|authorization|cookie|credential|api_?key|private_?key|entrepot_identity)s?$"
)
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_REDACTED: Final = "[redacted]"
_REPEATING: Final = ("aiokafka",)
"""Libraries that log each retry, up to a hundred lines a second while a broker is unavailable."""


def configure_logging(*, json: bool, level: str = "INFO") -> None:
    """Send every log of the process, those of libraries included, to standard error in one form."""
    chain: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_trace,
        drop_secrets,
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(
            colors=wants_colour(sys.stderr), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    handler.addFilter(RepeatFilter(_REPEATING, SystemClock().monotonic))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    return structlog.stdlib.get_logger(name)


def add_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the ids of the request on the line."""
    trace = current_trace()
    if trace is not None:
        event.setdefault("request_id", trace.request_id)
        event.setdefault("trace_id", trace.trace_id)
    return event


def drop_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep passwords and tokens out of every log, regardless of the source and the depth."""
    for key, value in event.items():
        event[key] = _redact(key, value)
    return event


def _redact(key: object, value: Any) -> Any:
    if isinstance(key, str) and _SECRET.search(_HUMP.sub("_", key).lower().replace("-", "_")):
        return _REDACTED
    if isinstance(value, Mapping):
        return {name: _redact(name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_redact(None, inner) for inner in value]
    if isinstance(value, tuple):
        return tuple(_redact(None, inner) for inner in value)
    return value
