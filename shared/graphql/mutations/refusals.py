"""Refusals: the GraphQL type of a domain error, and the union of those that a mutation declares."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar, Final, Union, get_origin, get_type_hints

import strawberry

from entrepot.shared.errors import DomainError, InputErrors
from entrepot.shared.graphql.docstrings import read_member_docstring
from entrepot.shared.graphql.errors import RefusedError, UserError, declared_error_type, error_type
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)


def error_type_of(domain_error: type[DomainError]) -> type[UserError]:
    """The GraphQL type: the one that was written for the error, or one with the attributes that the error annotates.

    It is called `<the error's name>Error`, or as the error's `graphql_name` says.
    """
    known = declared_error_type(domain_error)
    if known is not None:
        return known
    hints = {
        name: hint
        for owner in reversed(domain_error.__mro__)
        if issubclass(owner, DomainError) and owner is not DomainError
        for name, hint in get_type_hints(owner).items()
        if name in inspect.get_annotations(owner) and get_origin(hint) is not ClassVar
    }
    name = getattr(domain_error, "graphql_name", f"{domain_error.__name__}Error")
    namespace: dict[str, Any] = {"__annotations__": hints, "__module__": domain_error.__module__}
    for attribute in hints:
        namespace[attribute] = strawberry.field(description=read_member_docstring(domain_error, attribute))
    declared: type[UserError] = error_type(domain_error)(type(name, (UserError,), namespace))
    return declared


def build_union(name: str, refuses: Sequence[type[DomainError]]) -> Any:
    """The annotation of a member of the payload's `errors`."""
    members = tuple(map(error_type_of, refuses))
    return Annotated[Union[(*members, RefusedError)], strawberry.union(name)]


def present_refusals(error: DomainError, refuses: Iterable[type[DomainError]], mutation: str) -> list[UserError]:
    """The error, or each of several, as members of the union; one that was not declared as the general member."""
    errors = error.errors if isinstance(error, InputErrors) else (error,)
    return [_present(each, refuses, mutation) for each in errors]


def _present(error: DomainError, refuses: Iterable[type[DomainError]], mutation: str) -> UserError:
    # The nearest base that was declared, as `except` would find it if the most specific came first.
    for base in type(error).__mro__:
        if base in refuses:
            return error_type_of(base).of(error)
    _log.warning("mutation.refusal_undeclared", mutation=mutation, code=error.code)
    return RefusedError.of(error)
