"""Responses and errors to HTTP: status and body for the accepted media type (GraphQL over HTTP section 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from entrepot.router.errors import (
    BadRequest,
    ClientError,
    InternalError,
    OperationUnplannable,
    RequestRefused,
    ResponseTooLarge,
    RouterError,
    SubgraphUnavailable,
    Unauthenticated,
)
from entrepot.router.execution import ExecutionResult
from entrepot.router.execution.json_text import encode_json
from entrepot.router.web.http.lengths import check_length
from entrepot.router.web.http.negotiate import GRAPHQL_RESPONSE, JSON
from entrepot.shared.telemetry import get_logger

CONTENT_TYPES: Final[Mapping[str, bytes]] = {
    JSON: b"application/json; charset=utf-8",
    GRAPHQL_RESPONSE: b"application/graphql-response+json; charset=utf-8",
}
_STATUS_OF_REQUEST_ERRORS: Final = 400
_log = get_logger(__name__)


def encode_errors(error: BaseException) -> bytes:
    """The JSON text of a response that consists of errors."""
    if isinstance(error, OperationUnplannable | ResponseTooLarge):
        # The operation is valid, so that there is data; it cannot be answered, so that it is null.
        return encode_json({"data": None, "errors": error.to_errors()})
    return encode_json({"errors": describe_errors(error)})


def encode_result(result: ExecutionResult, maximum: int | None) -> bytes:
    """The JSON text of an answer; raises ResponseTooLarge when it is longer than `maximum` bytes."""
    body = result.encode()
    check_length(len(body), maximum)
    return body


def encode_event(result: ExecutionResult, maximum: int | None, note: Callable[[ClientError], None]) -> bytes:
    """The JSON text of one answer among many; one that is too long is noted, and an error in its place."""
    try:
        return encode_result(result, maximum)
    except ResponseTooLarge as error:
        note(error)
        return encode_errors(error)


def describe_errors(error: BaseException) -> list[dict[str, Any]]:
    """The entries of `errors`: those of a client's mistake as they are, everything else masked and logged."""
    if isinstance(error, ClientError | SubgraphUnavailable):
        return error.to_errors()
    _log.error("request.failed", exc_info=error)
    code = error.code if isinstance(error, InternalError) else RouterError.code
    return [{"message": "Internal server error.", "extensions": {"code": code}}]


def status_of(error: BaseException, media_type: str) -> int:
    """The HTTP status of an error.

    A request that was understood but whose document or variables are refused is answered with 200 where the client
    reads `application/json`, as servers always did, and with 400 where it reads `application/graphql-response+json`.
    """
    kind = error.kind if isinstance(error, RequestRefused) else type(error)
    if issubclass(kind, OperationUnplannable | ResponseTooLarge):
        return 200
    if not issubclass(kind, RouterError):
        return RouterError.status
    is_about_document = kind.status == _STATUS_OF_REQUEST_ERRORS and not issubclass(kind, BadRequest | Unauthenticated)
    return 200 if is_about_document and media_type == JSON else kind.status
