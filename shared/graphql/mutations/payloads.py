"""Payloads: what a mutation shows, or why it refused."""

from __future__ import annotations

from typing import Any, Final

import strawberry

from entrepot.shared.graphql.costs import expected
from entrepot.shared.graphql.entities import is_row_type, read_row
from entrepot.shared.graphql.mutations.declaration import Call, Mutation, Shows
from entrepot.shared.graphql.mutations.refusals import build_union

_ERRORS: Final = "errors"
_NULL: Final = "; null when the mutation was refused."


def build_payload(declaration: Mutation) -> Any:
    """The payload type: the fields that the declaration shows, and `errors`."""
    annotations: dict[str, Any] = {}
    namespace: dict[str, Any] = {"__annotations__": annotations, "__module__": declaration.command.__module__}
    for name, field in declaration.shows.items():
        annotations[name] = field.type | None
        description = field.description if field.description.endswith(".") else field.description + _NULL
        namespace[name] = strawberry.federation.field(
            default=None, description=description, inaccessible=field.is_inaccessible
        )
    annotations[_ERRORS] = list[build_union(f"{declaration.type_name}Error", declaration.refuses)]  # type: ignore[misc]
    namespace[_ERRORS] = strawberry.federation.field(default_factory=list, directives=[expected(1)])
    name = f"{declaration.type_name}Payload"
    return strawberry.federation.type(type(name, (), namespace), name=name, keys=declaration.payload_keys)


def show(declaration: Mutation, result: Any, call: Call) -> dict[str, Any]:
    """The values of the payload's fields after the use case answered `result`."""
    is_only = len(declaration.shows) == 1
    return {name: _read(name, field, result, call, is_only=is_only) for name, field in declaration.shows.items()}


def _read(name: str, field: Shows, result: Any, call: Call, *, is_only: bool) -> Any:
    by_name = result if is_only or field.read is not None else getattr(result, name)
    value = by_name if field.read is None else field.read(result, call)
    if value is None or not is_row_type(field.type) or isinstance(value, field.type):
        return value
    return read_row(field.type, value)
