"""What is known of a request that is watched, and of each operation in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from router.errors import RequestRefused, RouterError
from router.pipeline.context import RequestContext
from shared.telemetry import Trace

Outcome = Literal["answered", "partial", "refused", "abandoned"]


@dataclass(slots=True)
class OperationRecord:
    """One operation: the request that it belongs to, and what came of it.

    An abandoned one was ended since its client left. `codes` are those of its errors, each once; `fetches` counts
    requests to subgraphs. `span` is that of tracing.
    """

    context: RequestContext
    started: float
    kind: str = "unknown"
    outcome: Outcome = "answered"
    codes: tuple[str, ...] = ()
    fetches: int = 0
    span: Any = None

    def refuse(self, error: BaseException) -> None:
        """The operation has no answer but this error."""
        self.outcome = "refused"
        self.codes = merge_codes(self.codes, list_codes(error))

    def add_errors(self, errors: Iterable[Mapping[str, Any]]) -> None:
        """The answer, or a part of it, has these entries of `errors`."""
        self.outcome = "partial"
        self.codes = merge_codes(self.codes, (_read_code(entry) for entry in errors))


@dataclass(slots=True)
class RequestRecord:
    """One HTTP request, or one operation on a socket, which has no `status`; a batch has several operations.

    `failure` is the error that ended it as a whole.
    """

    trace: Trace
    headers: Mapping[str, str]
    started: float
    status: int | None = None
    length: int = 0
    failure: BaseException | None = None
    operations: list[OperationRecord] = field(default_factory=list)
    span: Any = None

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of everything that went wrong, each once."""
        codes = () if self.failure is None else tuple(list_codes(self.failure))
        for operation in self.operations:
            codes = merge_codes(codes, operation.codes)
        return codes


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
