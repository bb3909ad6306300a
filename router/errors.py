"""Every error the router raises or reports, with its code and HTTP status.

RouterError
├── ClientError            the caller's fault: the message is safe to show
│   ├── BadRequest         BAD_REQUEST                400  the HTTP request is not a GraphQL request
│   ├── UnsupportedMedia   UNSUPPORTED_MEDIA_TYPE     415  the body is not `application/json`
│   ├── NotAcceptable      NOT_ACCEPTABLE             406  no media type we can answer with
│   ├── MethodNotAllowed   METHOD_NOT_ALLOWED         405  GET with a mutation, or another verb
│   ├── PayloadTooLarge    PAYLOAD_TOO_LARGE          413  the body passes the limit
│   │   └── UrlTooLong                             414  the URL passes the limit
│   ├── RequestIncomplete  REQUEST_INCOMPLETE         408  the head or the body did not arrive in time
│   ├── HostRefused        HOST_REFUSED               421  the server does not answer under this host name
│   ├── TooManyConnections TOO_MANY_CONNECTIONS       503  the client, or all of them, have too many connections
│   ├── BatchRefused       BATCH_REFUSED              400  an array of requests, where none or fewer are accepted
│   ├── PersistedQueryNotFound PERSISTED_QUERY_NOT_FOUND 400  the text of a hash is not known: send it too
│   ├── PersistedQueryNotSupported PERSISTED_QUERY_NOT_SUPPORTED 400  hashes are not accepted: send the text
│   ├── DocumentMismatch   DOCUMENT_ID_MISMATCH       400  the identifier is not that of the text beside it
│   ├── DocumentUnknown    DOCUMENT_ID_UNKNOWN        400  no document has this identifier
│   ├── DocumentNotInSafelist    DOCUMENT_NOT_IN_SAFELIST    400  the document is not in the safelist
│   ├── SyntaxInvalid      GRAPHQL_PARSE_FAILED       400  the document does not parse
│   │   └── DocumentTooLarge                               has too many tokens or levels; a security event
│   ├── OperationInvalid   GRAPHQL_VALIDATION_FAILED  400  the document does not validate
│   │   └── IntrospectionRefused                           asks for a schema that is not shown; a security event
│   ├── OperationUnknown   OPERATION_RESOLUTION_FAILED 400 the operation is missing or ambiguous
│   ├── VariablesInvalid   BAD_USER_INPUT             400  variables do not coerce
│   ├── LimitExceeded      OPERATION_LIMIT_EXCEEDED   400  the operation passes a limit
│   ├── CostExceeded       COST_EXCEEDED              400  the operation is estimated to cost too much
│   ├── IntrospectionTooLarge INTROSPECTION_TOO_LARGE 400  the answer to introspection has too many values
│   ├── ListSizeUnknown    LIST_SIZE_UNKNOWN          400  none or several arguments say how long a list may be
│   ├── ResponseTooLarge   RESPONSE_TOO_LARGE         200  the answer passes the limit
│   ├── HeadersTooLarge    HEADERS_TOO_LARGE          431  the head of the HTTP request passes the limit
│   ├── RateLimited        RATE_LIMITED               429  the client asked more than its quota
│   ├── ConcurrencyExceeded CONCURRENCY_EXCEEDED      429  the client has too many concurrent requests
│   ├── PlanningBudgetSpent QUERY_PLAN_TOO_COMPLEX    400  no plan within the work budget
│   ├── OperationUnplannable OPERATION_UNPLANNABLE    400  no subgraph can answer a selection
│   ├── Unauthenticated    UNAUTHENTICATED            401  the token is missing, expired or forged
│   │   ├── TokenForged                                    the same for clients; a security event of its own
│   │   ├── ApiKeyInvalid  API_KEY_INVALID            401  no such API key is accepted
│   │   ├── ApiKeyExpired  API_KEY_EXPIRED            401  the API key is no longer accepted
│   │   └── CredentialsAmbiguous CREDENTIALS_AMBIGUOUS 400 an API key and a token at once
│   ├── RevocationUnknown  REVOCATION_UNKNOWN         503  the denylist of tokens is unavailable
│   ├── Unauthorized       UNAUTHORIZED_FIELD_OR_TYPE 403  the claims do not permit a selection
│   ├── QueryPlanHidden    QUERY_PLAN_HIDDEN          403  plans are not shown to this caller
│   ├── RequestTimedOut    REQUEST_TIMED_OUT          504  the request took longer than it may
│   ├── SubscriberTooSlow  SUBSCRIBER_TOO_SLOW        400  events come faster than they are taken
│   ├── RequestRefused     that of its first error         several errors of one kind at once
│   ├── CsrfSuspected      CSRF_PREVENTED             403  a browser could have sent it without asking
│   └── OriginRefused      ORIGIN_REFUSED             403  a page of a foreign origin opened a socket
└── InternalError          ours: logged whole, shown masked
    ├── ConfigurationInvalid CONFIGURATION_INVALID         the configuration is invalid
    ├── SupergraphInvalid  SUPERGRAPH_INVALID              the supergraph file cannot be loaded
    ├── CannotListen       ADDRESS_IN_USE                  a process cannot listen on its address
    └── SubgraphUnavailable SUBGRAPH_UNAVAILABLE           a subgraph did not answer as GraphQL
        ├── SubgraphTimedOut SUBGRAPH_TIMED_OUT            it did not answer in time
        ├── SubgraphOverloaded SUBGRAPH_OVERLOADED         too many requests to it are waiting
        └── SubgraphCircuitOpen SUBGRAPH_CIRCUIT_OPEN      it failed too often, so requests to it fail fast
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
    """An error of the client: the message says what to do and is safe to show."""

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


class UrlTooLong(PayloadTooLarge):
    """The URL passes the configured limit."""

    status = 414


class RequestIncomplete(ClientError):
    """The head or the body of a request did not arrive in time."""

    code = "REQUEST_INCOMPLETE"
    status = 408


class HostRefused(ClientError):
    """The request names a host that the server does not answer for."""

    code = "HOST_REFUSED"
    status = 421


class TooManyConnections(ClientError):
    """The client's address, or all clients together, have as many open connections as are accepted."""

    code = "TOO_MANY_CONNECTIONS"
    status = 503


class BatchRefused(BadRequest):
    """An array of requests was sent where batching is off, or with too many requests."""

    code = "BATCH_REFUSED"


class PersistedQueryNotFound(ClientError):
    """No document is stored under the hash; clients then send the text with it."""

    code = "PERSISTED_QUERY_NOT_FOUND"


class PersistedQueryNotSupported(ClientError):
    """Automatic persisted queries are disabled; clients send texts from then on."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"


class DocumentMismatch(ClientError):
    """The identifier that was sent with a text belongs to another."""

    code = "DOCUMENT_ID_MISMATCH"


class DocumentUnknown(ClientError):
    """No document is persisted under the identifier that was sent instead of a text."""

    code = "DOCUMENT_ID_UNKNOWN"


class DocumentNotInSafelist(ClientError):
    """The document is not persisted, and the safelist accepts persisted documents only."""

    code = "DOCUMENT_NOT_IN_SAFELIST"


class SyntaxInvalid(ClientError):
    """The document does not parse."""

    code = "GRAPHQL_PARSE_FAILED"


class DocumentTooLarge(SyntaxInvalid):
    """The document has more tokens, or nests more deeply, than is read."""


class OperationInvalid(ClientError):
    """The document does not validate against the API schema."""

    code = "GRAPHQL_VALIDATION_FAILED"


class IntrospectionRefused(OperationInvalid):
    """The document asks for the schema, which is not shown."""


class OperationUnknown(ClientError):
    """The document holds no operation of the name asked for, or several and no name."""

    code = "OPERATION_RESOLUTION_FAILED"


class VariablesInvalid(ClientError):
    """The variables do not coerce to the types the operation declares."""

    code = "BAD_USER_INPUT"


class LimitExceeded(ClientError):
    """The operation passes a configured limit."""

    code = "OPERATION_LIMIT_EXCEEDED"


class CostExceeded(ClientError):
    """The operation is estimated to cost more than is allowed."""

    code = "COST_EXCEEDED"


class IntrospectionTooLarge(ClientError):
    """The answer to introspection has more values than are allowed."""

    code = "INTROSPECTION_TOO_LARGE"


class ListSizeUnknown(ClientError):
    """A list needs exactly one slicing argument, so that its cost can be estimated."""

    code = "LIST_SIZE_UNKNOWN"


class ResponseTooLarge(ClientError):
    """The answer passes the configured limit."""

    code = "RESPONSE_TOO_LARGE"
    status = 200


class HeadersTooLarge(ClientError):
    """The head of the HTTP request passes the configured limit."""

    code = "HEADERS_TOO_LARGE"
    status = 431


class RateLimited(ClientError):
    """The client exceeded a rate limit; `headers` say what the limit is and when to retry."""

    code = "RATE_LIMITED"
    status = 429

    def __init__(
        self,
        message: str,
        *,
        extensions: dict[str, Any] | None = None,
        headers: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        super().__init__(message, extensions=extensions)
        self.headers = tuple(headers)


class ConcurrencyExceeded(ClientError):
    """The client has reached its limit of concurrent requests."""

    code = "CONCURRENCY_EXCEEDED"
    status = 429


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


class TokenForged(Unauthenticated):
    """No issuer signed the token; the client sees the same error as for any other refused token."""


class ApiKeyInvalid(Unauthenticated):
    """No such API key is accepted."""

    code = "API_KEY_INVALID"


class ApiKeyExpired(Unauthenticated):
    """The API key was accepted until it expired."""

    code = "API_KEY_EXPIRED"


class CredentialsAmbiguous(Unauthenticated):
    """An API key and a token were sent together, so the caller is ambiguous."""

    code = "CREDENTIALS_AMBIGUOUS"
    status = 400


class RevocationUnknown(ClientError):
    """The denylist of revoked tokens is unavailable, so no token is accepted."""

    code = "REVOCATION_UNKNOWN"
    status = 503


class Unauthorized(ClientError):
    """The claims do not permit a selected field, and `authorization.mode` is `reject`."""

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


class SubscriberTooSlow(ClientError):
    """The client did not read the events of a subscription as fast as others, so its subscription was closed."""

    code = "SUBSCRIBER_TOO_SLOW"


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


class OriginRefused(ClientError):
    """A page of an origin that is not allowed opened a WebSocket, which is closed with code 4403."""

    code = "ORIGIN_REFUSED"
    status = 403


class InternalError(RouterError):
    """An internal error: logged with its cause, shown to the client without detail."""


class ConfigurationInvalid(InternalError):
    """The configuration cannot be read or contradicts itself; the message says where and what to write."""

    code = "CONFIGURATION_INVALID"


class CannotListen(InternalError):
    """A process cannot listen on an address or port; the message says why and what to change."""

    code = "ADDRESS_IN_USE"


class SupergraphInvalid(InternalError):
    """The supergraph cannot be read; the message says which definition and why."""

    code = "SUPERGRAPH_INVALID"


class SubgraphUnavailable(InternalError):
    """A subgraph could not be reached or did not answer with a GraphQL response."""

    code = "SUBGRAPH_UNAVAILABLE"
    is_transient: bool = True
    """Whether a retry may succeed a moment later."""


class SubgraphTimedOut(SubgraphUnavailable):
    """A subgraph did not answer in time."""

    code = "SUBGRAPH_TIMED_OUT"


class SubgraphOverloaded(SubgraphUnavailable):
    """The concurrency limit and the queue of a subgraph are full, so the request was not sent."""

    code = "SUBGRAPH_OVERLOADED"
    is_transient = False


class SubgraphCircuitOpen(SubgraphUnavailable):
    """The circuit breaker of a subgraph is open after too many failures, so the request was not sent."""

    code = "SUBGRAPH_CIRCUIT_OPEN"
    is_transient = False
