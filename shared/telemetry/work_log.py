"""One structured line per GraphQL operation of a subgraph, per event handled, and per change of state with a reason.

Lines have ids and names only: no arguments, variables or results. Field names are those of the router's access log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any, Final

from msgspec import Meta

from entrepot.shared.config import read_settings
from entrepot.shared.telemetry.context import current_trace
from entrepot.shared.telemetry.logging import get_logger

LOGGER_NAME: Final = "subgraph.work"
_PREFIX: Final = "ENTREPOT_WORK_LOG"
_WHOLE: Final = 100.0
_MAX_NAME: Final = 100
"""What clients call their operations is theirs to choose."""
_MAX_AGGREGATES: Final = 20
_PARTS: Final = 1 << 32
_log: Final = get_logger(LOGGER_NAME)
_level: Final = logging.getLogger(LOGGER_NAME)


@dataclass(frozen=True, slots=True)
class WorkLogSettings:
    """Read from ENTREPOT_WORK_LOG_*: the percentage of traces whose lines are written, 0 for none.

    What failed or was refused is always written, unless `failures` is false. Without log level INFO nothing is.
    """

    percent: Annotated[float, Meta(ge=0.0, le=100.0)] = _WHOLE
    failures: bool = True


@dataclass(slots=True)
class _Configured:
    settings: WorkLogSettings = field(default_factory=WorkLogSettings)


@dataclass(slots=True)
class WorkLine:
    """What is learned of an operation while it runs."""

    aggregates: dict[str, None] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)


_configured: Final = _Configured()
_current: Final[ContextVar[WorkLine | None]] = ContextVar("work_line", default=None)


def configure_work_log(environ: Mapping[str, str]) -> None:
    """Write lines as the environment says, in the whole process; raises SettingsInvalid."""
    _configured.settings = read_settings(WorkLogSettings, environ, _PREFIX)


@contextmanager
def collect_work() -> Iterator[WorkLine]:
    """The line of the operation that the block runs."""
    line = WorkLine()
    token = _current.set(line)
    try:
        yield line
    finally:
        _current.reset(token)


def note_aggregates(ids: Iterable[str]) -> None:
    """Put the ids of aggregates that were changed on the line of the operation under way, if there is one."""
    line = _current.get()
    if line is not None:
        line.aggregates.update(dict.fromkeys(ids))


def note_refusal(code: str) -> None:
    """Put the code of a refusal, which is data of the response, on the line of the operation under way."""
    line = _current.get()
    if line is not None:
        line.refusals.append(code)


def log_operation(
    line: WorkLine, *, subgraph: str, kind: str, operation: str | None, text: str, codes: Iterable[str], seconds: float
) -> None:
    """Write the line of an operation; `text` is its document, of which the hash is written."""
    failed = [*codes, *line.refusals]
    if not _is_written(is_failure=bool(failed)):
        return
    _write(
        "operation",
        subgraph=subgraph,
        kind=kind,
        operation=None if operation is None else operation[:_MAX_NAME],
        document=sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        outcome="refused" if line.refusals else "failed" if failed else "answered",
        codes=failed,
        milliseconds=_to_milliseconds(seconds),
        aggregates=list(line.aggregates)[:_MAX_AGGREGATES],
    )


def log_event(
    *, subgraph: str, handler: str, type_: str, event_id: str, subject: str, attempt: int, outcome: str, seconds: float
) -> None:
    """Write the line of an event that a handler has dealt with; `outcome` is `handled` or `dead_lettered`."""
    if _is_written(is_failure=outcome != "handled"):
        _write(
            "event",
            subgraph=subgraph,
            handler=handler,
            type=type_,
            event_id=event_id,
            subject=subject,
            attempt=attempt,
            outcome=outcome,
            milliseconds=_to_milliseconds(seconds),
        )


def log_transition(*, subgraph: str, object_type: str, object_id: str, state: str, reason: str | None = None) -> None:
    """Write that an object moved to a state, and why; `reason` is a code, never a text of somebody.

    Always written, however few lines are: call it for what somebody will ask about, such as a cancelled order.
    """
    if _level.isEnabledFor(logging.INFO):
        _write(
            "transition", subgraph=subgraph, object_type=object_type, object_id=object_id, state=state, reason=reason
        )


def _is_written(*, is_failure: bool) -> bool:
    if not _level.isEnabledFor(logging.INFO):
        return False
    settings = _configured.settings
    return settings.percent >= _WHOLE or (is_failure and settings.failures) or _is_drawn(settings.percent)


def _is_drawn(percent: float) -> bool:
    """By the trace, so that all processes write the lines of the same traces."""
    trace = current_trace()
    return trace is not None and int(trace.trace_id[:8], 16) * _WHOLE < percent * _PARTS


def _write(event: str, **facts: Any) -> None:
    _log.info(event, **{name: value for name, value in facts.items() if value not in (None, "", [])})


def _to_milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
