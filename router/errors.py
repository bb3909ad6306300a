"""Every error the router raises or reports, with its code and HTTP status.

RouterError
├── ClientError            the caller's fault: the message is safe to show
│   ├── BadRequest         BAD_REQUEST                400  the HTTP request is not a GraphQL request
│   ├── UnsupportedMedia   UNSUPPORTED_MEDIA_TYPE     415  the body is not `application/json`
│   ├── NotAcceptable      NOT_ACCEPTABLE             406  no media type we can answer with
│   ├── MethodNotAllowed   METHOD_NOT_ALLOWED         405  GET with a mutation, or another verb
│   ├── PayloadTooLarge    PAYLOAD_TOO_LARGE          413  the body passes the limit
│   ├── SyntaxInvalid      GRAPHQL_PARSE_FAILED       400  the document does not parse
│   ├── OperationInvalid   GRAPHQL_VALIDATION_FAILED  400  the document does not validate
│   ├── OperationUnknown   OPERATION_RESOLUTION_FAILED 400 which operation to run cannot be told
│   ├── VariablesInvalid   BAD_USER_INPUT             400  variables do not coerce
│   ├── LimitExceeded      OPERATION_LIMIT_EXCEEDED   400  the operation passes a limit
│   ├── PlanningBudgetSpent QUERY_PLAN_TOO_COMPLEX    400  no plan within the work budget
│   ├── OperationUnplannable OPERATION_UNPLANNABLE    400  no subgraph can answer a selection
│   ├── Unauthenticated    UNAUTHENTICATED            401  the token is missing, expired or forged
│   ├── Unauthorized       UNAUTHORIZED_FIELD_OR_TYPE 403  the claims do not permit a selection
│   ├── QueryPlanHidden    QUERY_PLAN_HIDDEN          403  plans are not shown to this caller
│   ├── RequestTimedOut    REQUEST_TIMED_OUT          504  the request took longer than it may
│   ├── RequestRefused     that of its first error         several errors of one kind at once
│   └── CsrfSuspected      CSRF_PREVENTED             403  a browser could have sent it without asking
└── InternalError          ours: logged whole, shown masked
    ├── ConfigurationInvalid CONFIGURATION_INVALID         the router cannot start as it is told to
    ├── SupergraphInvalid  SUPERGRAPH_INVALID              the supergraph file cannot be loaded
    └── SubgraphUnavailable SUBGRAPH_UNAVAILABLE           a subgraph did not answer as GraphQL
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class RouterError(Exception):
    """The root of the tree; `extensions` travel to the client beside the code."""

    code: ClassVar[str] = "INTERNAL_SERVER_ERROR"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, extensions: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.extensions = extensions or {}

    def to_graphql(self) -> dict[str, Any]:
        """The error as an entry of a GraphQL response's `errors`; `locations` and `path` stand beside the message."""
        extensions = {"code": self.code, **self.extensions}
        placed: dict[str, Any] = {key: extensions.pop(key) for key in ("locations", "path") if key in extensions}
        return {"message": self.message, **placed, "extensions": extensions}

    def to_errors(self) -> list[dict[str, Any]]:
        """All entries that it stands for in a GraphQL response's `errors`."""
        return [self.to_graphql()]


class ClientError(RouterError):
    """The caller's fault: the message says what to do and is safe to show."""

    code = "BAD_REQUEST"
    status = 400


class BadRequest(ClientError):
    """The HTTP request carries no GraphQL request that can be read."""


class UnsupportedMedia(ClientError):
    """The body's media type is not one that can be read."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class NotAcceptable(ClientError):
    """None of the media types asked for can be answered with."""

    code = "NOT_ACCEPTABLE"
    status = 406


class MethodNotAllowed(ClientError):
    """The verb does not fit, such as a mutation by GET."""

    code = "METHOD_NOT_ALLOWED"
    status = 405


class PayloadTooLarge(ClientError):
    """The body passes the configured limit."""

    code = "PAYLOAD_TOO_LARGE"
    status = 413


class SyntaxInvalid(ClientError):
    """The document does not parse."""

    code = "GRAPHQL_PARSE_FAILED"


class OperationInvalid(ClientError):
    """The document does not validate against the API schema."""

    code = "GRAPHQL_VALIDATION_FAILED"


class OperationUnknown(ClientError):
    """The document holds no operation of the name asked for, or several and no name."""

    code = "OPERATION_RESOLUTION_FAILED"


class VariablesInvalid(ClientError):
    """The variables do not coerce to the types the operation declares."""

    code = "BAD_USER_INPUT"


class LimitExceeded(ClientError):
    """The operation passes a configured limit."""

    code = "OPERATION_LIMIT_EXCEEDED"


class PlanningBudgetSpent(ClientError):
    """The planner spent its work budget before it had one complete plan."""

    code = "QUERY_PLAN_TOO_COMPLEX"


class OperationUnplannable(ClientError):
    """A selection cannot be resolved from any subgraph; nothing is sent."""

    code = "OPERATION_UNPLANNABLE"


class Unauthenticated(ClientError):
    """The token is missing where one is needed, expired, revoked or forged."""

    code = "UNAUTHENTICATED"
    status = 401


class Unauthorized(ClientError):
    """The claims do not permit what was selected, and the router is told to refuse the whole operation."""

    code = "UNAUTHORIZED_FIELD_OR_TYPE"
    status = 403


class QueryPlanHidden(ClientError):
    """Only the plan was asked for, and the configuration does not show it to this caller."""

    code = "QUERY_PLAN_HIDDEN"
    status = 403


class RequestTimedOut(ClientError):
    """The request took longer than the configured time, so its work was ended."""

    code = "REQUEST_TIMED_OUT"
    status = 504


class RequestRefused(ClientError):
    """Several errors of one kind at once, such as all of a document's validation errors."""

    def __init__(self, kind: type[ClientError], errors: Sequence[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.kind = kind
        self.errors = [{**error, "extensions": {"code": kind.code, **error.get("extensions", {})}} for error in errors]

    def to_errors(self) -> list[dict[str, Any]]:
        return self.errors


class CsrfSuspected(ClientError):
    """The request could have been sent by a foreign page without a preflight."""

    code = "CSRF_PREVENTED"
    status = 403


class InternalError(RouterError):
    """Ours: logged with its cause, shown to the client without detail."""


class ConfigurationInvalid(InternalError):
    """The configuration cannot be read or contradicts itself; the message says where and what to write."""

    code = "CONFIGURATION_INVALID"


class SupergraphInvalid(InternalError):
    """The supergraph cannot be read; the message says which definition and why."""

    code = "SUPERGRAPH_INVALID"


class SubgraphUnavailable(InternalError):
    """A subgraph could not be reached or did not answer with a GraphQL response."""

    code = "SUBGRAPH_UNAVAILABLE"
