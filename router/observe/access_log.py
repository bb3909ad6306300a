"""The access log: one line per request, or for a share of them, without tokens and variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from entrepot.router.config import AccessLogConfig
from entrepot.router.observe.records import RequestRecord, read_kind
from entrepot.router.operation import hash_text
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.instrumentation.timings import to_milliseconds
from entrepot.shared.randomness import Randomness
from entrepot.shared.telemetry import get_logger

LOGGER_NAME: Final = "router.access"
_CLIENT_NAMES: Final = ("apollographql-client-name", "graphql-client-name", "x-graphql-client-name")
_CLIENT_VERSIONS: Final = ("apollographql-client-version", "graphql-client-version", "x-graphql-client-version")
# What clients call themselves and their operations is theirs to choose.
_MAX_NAME: Final = 100
_WHOLE: Final = 100.0
_log = get_logger(LOGGER_NAME)


class AccessLog:
    """Writes the lines, each of them with the ids of its request."""

    def __init__(self, config: AccessLogConfig, randomness: Randomness) -> None:
        self._config = config
        self._randomness = randomness

    def note(self, record: RequestRecord, seconds: float) -> None:
        """Write the line of a request that has ended, if it is among those that are logged."""
        codes = record.codes
        if not (self._config.failures and codes) and not self._is_drawn():
            return
        _log.info("request", **_describe(record, codes, seconds))

    def _is_drawn(self) -> bool:
        percent = self._config.percent
        return percent >= _WHOLE or self._randomness.uniform(0.0, _WHOLE) < percent


def _describe(record: RequestRecord, codes: tuple[str, ...], seconds: float) -> dict[str, Any]:
    operations = record.operations
    first = operations[0] if operations else None
    headers = record.headers if first is None else first.headers
    line: dict[str, Any] = {
        "status": record.status,
        "codes": list(codes),
        "milliseconds": to_milliseconds(seconds),
        "bytes": record.length if record.status is not None else None,
        "client_name": _first(headers, _CLIENT_NAMES),
        "client_version": _first(headers, _CLIENT_VERSIONS),
        "address": first.request.address if first is not None else None,
        "fetches": sum(context.record.fetches for context in operations if context.record is not None),
    }
    if len(operations) == 1:
        line |= _describe_operation(operations[0])
    elif operations:
        line["operations"] = [_describe_operation(operation) for operation in operations]
    return {key: value for key, value in line.items() if value not in (None, "")}


def _describe_operation(context: RequestContext) -> dict[str, Any]:
    name = context.request.graphql.operation_name
    if name is None and hasattr(context, "operation") and context.operation.node.name is not None:
        name = context.operation.node.name.value
    return {
        "operation": None if name is None else name[:_MAX_NAME],
        "kind": read_kind(context),
        "outcome": "answered" if context.record is None else context.record.outcome,
        "document": hash_text(context.text) if context.text else None,
        "cost": None if context.cost is None else context.cost.estimate,
    }


def _first(headers: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    found = next((headers[name] for name in names if name in headers), None)
    return None if found is None else found[:_MAX_NAME]
