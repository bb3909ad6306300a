"""Declared is enforced: `@authenticated` and `@requiresScopes` on a field or type also check it, in the subgraph.

The declaration is Strawberry's own (`authenticated=True`, `requires_scopes=[["orders:read"]]`). After the schema is
built, every field that carries one, or stands on or answers a type that does, has its resolver wrapped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    default_field_resolver,
    get_named_type,
)
from strawberry.federation.schema_directives import Authenticated, Policy, RequiresScopes

from entrepot.shared.auth import Principal
from entrepot.shared.errors import Forbidden, InternalError, Unauthenticated

DEFINITION: Final = "strawberry-definition"
"""The key of graphql-core's extensions under which Strawberry puts its own definition of an element."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a field asks of the caller: a user, and for each declaration one of its alternatives of scopes."""

    authenticated: bool = False
    scopes: tuple[tuple[frozenset[str], ...], ...] = ()

    def check(self, principal: Principal) -> None:
        """Raises Unauthenticated, or Forbidden with the missing scopes."""
        if (self.authenticated or self.scopes) and not principal.is_authenticated:
            raise Unauthenticated("Log in first: this needs an access token in the Authorization header.")
        for alternatives in self.scopes:
            if not principal.has_scopes(alternatives):
                wanted = " or ".join(" and ".join(sorted(scopes)) for scopes in alternatives)
                raise Forbidden(f"This needs the scope {wanted}.")


def enforce(schema: GraphQLSchema) -> None:
    """Wrap the resolver of every field that declares a requirement, itself or by a type."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                requirement = read_requirement(type_, name, field)
                if requirement != Requirement():
                    wrap = _guard_stream if type_ is schema.subscription_type else _guard
                    wrap(field, requirement)


def guard_of(type_: GraphQLObjectType, name: str, field: GraphQLField) -> Callable[[Any], None] | None:
    """What checks the caller in `context` before the field is resolved; None where the field asks nothing."""
    if name.startswith("__"):
        return None
    requirement = read_requirement(type_, name, field)
    if requirement == Requirement():
        return None
    return lambda context: requirement.check(context.principal)


def read_requirement(type_: GraphQLObjectType, name: str, field: GraphQLField) -> Requirement:
    """What the declarations on the field, its parent type, the interfaces it is of and the type it answers ask.

    Raises InternalError for `@policy`, which subgraphs do not enforce.
    """
    sources = [field.extensions, type_.extensions, get_named_type(field.type).extensions]
    for interface in type_.interfaces:
        if name in interface.fields:
            sources += [interface.extensions, interface.fields[name].extensions]
    return _read_sources(type_.name, sources)


def read_type_requirement(type_: GraphQLNamedType) -> Requirement:
    """What the declarations on the type ask of a caller for each of its fields; raises as `read_requirement` does."""
    return _read_sources(type_.name, [type_.extensions])


def _read_sources(type_name: str, sources: Iterable[dict[str, Any]]) -> Requirement:
    directives = [directive for source in sources for directive in _directives(source)]
    if any(isinstance(directive, Policy) for directive in directives):
        raise InternalError(f"@policy on {type_name} is not enforced in subgraphs: declare scopes.")
    scopes = [directive.scopes for directive in directives if isinstance(directive, RequiresScopes)]
    return Requirement(
        authenticated=any(isinstance(directive, Authenticated) for directive in directives),
        scopes=tuple(_alternatives(declared) for declared in scopes),
    )


def _alternatives(declared: Iterable[Sequence[str]]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(scopes) for scopes in declared)


def _directives(extensions: dict[str, Any]) -> Iterable[object]:
    return getattr(extensions.get(DEFINITION), "directives", None) or ()


def _guard(field: GraphQLField, requirement: Requirement) -> None:
    field.resolve = _checked(field.resolve or default_field_resolver, requirement)


def _guard_stream(field: GraphQLField, requirement: Requirement) -> None:
    assert field.subscribe is not None
    field.subscribe = _checked(field.subscribe, requirement)


def _checked(resolve: Callable[..., Any], requirement: Requirement) -> Callable[..., Any]:
    @wraps(resolve)
    def check(source: Any, info: Any, **arguments: Any) -> Any:
        requirement.check(info.context.principal)
        return resolve(source, info, **arguments)

    return check
