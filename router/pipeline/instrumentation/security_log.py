"""The security log: refusals, counted by kind and code, without tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from entrepot.router.errors import ClientError, DocumentTooLarge, IntrospectionRefused, RequestRefused, TokenForged
from entrepot.router.pipeline.context import RequestContext
from entrepot.shared.telemetry import get_logger

LOGGER_NAME: Final = "router.security"
_MAX_NAME: Final = 100
_log = get_logger(LOGGER_NAME)

EVENTS: Final[Mapping[str, str]] = {
    "API_KEY_EXPIRED": "api_key_refused",
    "API_KEY_INVALID": "api_key_refused",
    "BATCH_REFUSED": "limit_exceeded",
    "CONCURRENCY_EXCEEDED": "rate_limited",
    "COST_EXCEEDED": "limit_exceeded",
    "CREDENTIALS_AMBIGUOUS": "credentials_refused",
    "CSRF_PREVENTED": "csrf_prevented",
    "DOCUMENT_ID_MISMATCH": "document_refused",
    "DOCUMENT_ID_UNKNOWN": "document_refused",
    "DOCUMENT_NOT_IN_SAFELIST": "document_refused",
    "HEADERS_TOO_LARGE": "limit_exceeded",
    "HOST_REFUSED": "host_refused",
    "INTROSPECTION_TOO_LARGE": "limit_exceeded",
    "LIST_SIZE_UNKNOWN": "limit_exceeded",
    "OPERATION_LIMIT_EXCEEDED": "limit_exceeded",
    "ORIGIN_REFUSED": "origin_refused",
    "PAYLOAD_TOO_LARGE": "limit_exceeded",
    "QUERY_PLAN_TOO_COMPLEX": "limit_exceeded",
    "RATE_LIMITED": "rate_limited",
    "REQUEST_INCOMPLETE": "request_incomplete",
    "RESPONSE_TOO_LARGE": "limit_exceeded",
    "UNAUTHENTICATED": "token_refused",
    "UNAUTHORIZED_FIELD_OR_TYPE": "permission_refused",
}
"""Code of a refusal -> the kind of event that it is; what is not here is an ordinary mistake."""
_EVENTS_BY_ERROR: Final[Mapping[type[ClientError], str]] = {
    DocumentTooLarge: "limit_exceeded",
    IntrospectionRefused: "introspection_refused",
    TokenForged: "token_forged",
}
"""The same for errors that clients cannot distinguish from others with the same code."""


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One refusal: its kind and code, the client's address, who was logged in, and the operation's name."""

    kind: str
    code: str
    address: str = ""
    subject: str | None = None
    operation: str | None = None


class SecurityLog:
    """Writes events into the log, counts them, and tells each to `on_event`."""

    def __init__(self, on_event: Callable[[SecurityEvent], None] | None = None) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        """How many events there were, by kind and code."""
        self._on_event = on_event

    def note(self, error: ClientError, address: str, subject: str | None = None, operation: str | None = None) -> None:
        """Note a refusal, if it is one of those that concern security."""
        code = _code_of(error)
        cause = error.kind if isinstance(error, RequestRefused) else type(error)
        kind = _EVENTS_BY_ERROR.get(cause) or EVENTS.get(code)
        if kind is None:
            return
        event = SecurityEvent(kind, code, address, subject, operation[:_MAX_NAME] if operation else None)
        self.counts[kind, code] += 1
        fields = asdict(event)
        _log.warning(f"security.{fields.pop('kind')}", **fields)
        if self._on_event is not None:
            self._on_event(event)

    def note_refusal(self, error: ClientError, context: RequestContext) -> None:
        """Note the refusal of a request by one of its stages."""
        self.note(
            error,
            context.request.address,
            context.request.caller.principal.user_id,
            context.request.graphql.operation_name,
        )


def _code_of(error: ClientError) -> str:
    """The first code among the error's entries that is an event, else that of the first entry."""
    codes = [str(entry["extensions"]["code"]) for entry in error.to_errors()]
    return next((code for code in codes if code in EVENTS), codes[0])
