"""Errors of the graph: business refusals as data in payloads, faults as coded entries of `errors`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Self

import strawberry
from graphql import ExecutionResult, GraphQLError, GraphQLSyntaxError
from strawberry.types import ExecutionResult as StrawberryResult

from entrepot.shared.errors import (
    DomainError,
    IdempotencyConflict,
    InternalError,
    InvalidInput,
    InvalidTransition,
    NotFound,
    PublicError,
    StaleVersion,
)
from entrepot.shared.telemetry import current_trace, get_logger

_log: Final = get_logger(__name__)


@strawberry.interface
class UserError:
    """Why a mutation was refused. Select these fields on every member of an `errors` union by `... on UserError`."""

    code: str
    """A stable code for programs, such as NOT_FOUND; it does not change with the language or wording of `message`."""
    message: str
    """What went wrong and what to do about it, in English, for developers and as a fallback for users."""
    path: list[str] | None
    """The path of the input field that caused the error, from the root of `input`; null when no single field did."""

    @classmethod
    def of(cls, error: DomainError) -> Self:
        """The error as data: every further field is the attribute of the same name."""
        names = [field.python_name for field in cls.__strawberry_definition__.fields]  # type: ignore[attr-defined]  # set by Strawberry
        values = {name: getattr(error, name) for name in names if name != "path"}
        return cls(**values, path=list(error.path) or None)


_TYPES: Final[dict[type[DomainError], type[UserError]]] = {}


def error_type(domain_error: type[DomainError], *, shared: bool = False) -> Callable[[type], Any]:
    """Declare a class as the GraphQL type of a domain error; `shared` when several subgraphs know the type."""

    def declare(cls: type) -> Any:
        declared = strawberry.federation.type(shareable=shared, description=cls.__doc__ or domain_error.__doc__)(cls)
        _TYPES[domain_error] = declared
        return declared

    return declare


def declared_error_type(domain_error: type[DomainError]) -> type[UserError] | None:
    """The GraphQL type that was declared for a domain error."""
    return _TYPES.get(domain_error)


@error_type(DomainError, shared=True)
class RefusedError(UserError):
    """A refusal without a type of its own in this union; `code` says which."""


@error_type(InvalidInput, shared=True)
class InvalidInputError(UserError):
    pass


@error_type(NotFound, shared=True)
class NotFoundError(UserError):
    pass


@error_type(InvalidTransition, shared=True)
class InvalidTransitionError(UserError):
    source: str = strawberry.field(name="from")
    """The current state."""
    target: str = strawberry.field(name="to")
    """The state that the mutation leads to."""
    allowed: list[str]
    """The states that can follow the current one; empty when it is final."""


@error_type(StaleVersion, shared=True)
class StaleVersionError(UserError):
    pass


@error_type(IdempotencyConflict, shared=True)
class IdempotencyConflictError(UserError):
    pass


class ShownError(GraphQLError):
    """An error that is already as a client may see it, for transports that print errors themselves."""

    def __init__(self, shown: dict[str, Any]) -> None:
        super().__init__(shown["message"])
        self.shown = shown

    @property
    def formatted(self) -> Any:
        return self.shown


def to_response(result: ExecutionResult | StrawberryResult) -> dict[str, Any]:
    """The response to an operation, with what a client may see of its errors (GraphQL specification, section 7.1)."""
    response: dict[str, Any] = {"data": result.data}
    if result.errors:
        response["errors"] = [to_public(error) for error in result.errors]
    return response


def to_public(error: GraphQLError) -> dict[str, Any]:
    """The entry of `errors` that a client may see: coded, and without anything internal."""
    if isinstance(error, ShownError):
        return error.shown
    formatted: dict[str, Any] = {"message": error.message}
    if error.locations:
        formatted["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        formatted["path"] = list(error.path)
    code = _public_code(error)
    if code is None:
        trace = current_trace()
        reference = f" Mention {trace.request_id} when you report it." if trace else ""
        formatted["message"] = f"Something went wrong on our side.{reference}"
        formatted["extensions"] = {"code": InternalError.code}
        _log.error("graphql.internal_error", path=error.path, exc_info=_origin_of(error))
    else:
        formatted["extensions"] = {**(error.extensions or {}), "code": code}
    return formatted


def code_of(error: GraphQLError) -> str:
    """The code of the error as a client sees it."""
    if isinstance(error, ShownError):
        return str(error.shown["extensions"]["code"])
    return _public_code(error) or InternalError.code


def _public_code(error: GraphQLError) -> str | None:
    """The code of what the client did, None for a fault of ours."""
    origin = _origin_of(error)
    if isinstance(origin, PublicError):
        return origin.code
    if not isinstance(origin, GraphQLError):
        return None
    if "code" in (origin.extensions or {}):
        # The engine's own, such as that of an operation which reads too much.
        return str((origin.extensions or {})["code"])
    if isinstance(origin, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    if error.path is None:
        return "GRAPHQL_VALIDATION_FAILED"
    # While executing, graphql-core says where in the document a bad argument stands; a result that it cannot print
    # stands nowhere.
    return "BAD_USER_INPUT" if origin.nodes else None


def _origin_of(error: GraphQLError) -> Exception:
    origin: Exception = error
    while isinstance(origin, GraphQLError) and origin.original_error is not None:
        origin = origin.original_error
    return origin
