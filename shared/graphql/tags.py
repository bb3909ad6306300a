"""The tags of the graph, by which `entrepot compose` builds contracts: `staff`, and `operations`.

`staff` is derived from declared scopes, so that no field can be left out by mistake. `operations` is declared where the
fields of events and of the audit log are built (`event_queue.py`, `audit_log.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from graphql import GraphQLNamedType, GraphQLObjectType, GraphQLSchema
from strawberry.federation.schema_directives import Link, Tag

from entrepot.shared.graphql.permissions import DEFINITION, Requirement, read_requirement, read_type_requirement

STAFF: Final = "staff"
"""On every type and field that requires a scope which no customer has."""
OPERATIONS: Final = "operations"
"""On the fields of event queues, dead letters and audit logs."""

_IMPORT: Final = "@tag"


def tag_staff(schema: GraphQLSchema, schema_directives: list[object], customer_scopes: Collection[str]) -> None:
    """Tag what customers with these scopes cannot use, and import `@tag` in the schema's link where nothing else does.

    Fields of a tagged type get no tag of their own.
    """
    tagged = [_tag_type(type_, customer_scopes) for type_ in schema.type_map.values() if not type_.name.startswith("_")]
    if any(tagged):
        for link in schema_directives:
            if isinstance(link, Link) and "/federation/" in (link.url or ""):
                link.import_ = sorted({*(link.import_ or ()), _IMPORT})


def is_for_staff(requirement: Requirement, customer_scopes: Collection[str]) -> bool:
    """Whether a customer can never meet it: of one declaration, each alternative has a scope that no customer has."""
    return any(
        not any(scopes.issubset(customer_scopes) for scopes in alternatives) for alternatives in requirement.scopes
    )


def _tag_type(type_: GraphQLNamedType, customer_scopes: Collection[str]) -> bool:
    """Whether the type, or one of its fields, is tagged."""
    if is_for_staff(read_type_requirement(type_), customer_scopes):
        _tag(type_)
        return True
    if not isinstance(type_, GraphQLObjectType):
        return False
    fields = [
        field
        for name, field in type_.fields.items()
        if is_for_staff(read_requirement(type_, name, field), customer_scopes)
    ]
    for field in fields:
        _tag(field)
    return bool(fields)


def _tag(element: Any) -> None:
    definition = element.extensions[DEFINITION]
    declared = tuple(definition.directives or ())
    # A type can be part of several schemas.
    if not any(isinstance(each, Tag) and each.name == STAFF for each in declared):
        definition.directives = [*declared, Tag(name=STAFF)]
