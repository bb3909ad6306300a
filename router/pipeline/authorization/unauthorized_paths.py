"""Unauthorized fields: an operation without the fields that a caller may not select, and these fields.

Before, for a caller who may see the secret of an A but not that of a B: `{ node { id secret } }`
After: `{ node { id ... on A { secret } } }`, and an unauthorized field `secret` at `node` for objects of type B.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import GraphQLList, GraphQLNonNull, GraphQLSchema, get_named_type, is_abstract_type, is_composite_type

from entrepot.router.errors import Unauthorized
from entrepot.router.federation.auth import Authorization
from entrepot.router.operation import NormalizedOperation
from entrepot.router.pipeline.authorization.permissions import Permissions
from entrepot.router.plan import OutputType
from entrepot.router.selection import Condition, Field, InlineFragment, Selection, SelectionSet

Keys = tuple[str, ...]
Conditions = tuple[Condition, ...]

# Stands in a selection set from which all was taken, so that its object is still fetched; never part of an answer.
PLACEHOLDER: Final = Field("__typename", alias="__emptied")


@dataclass(frozen=True, slots=True)
class UnauthorizedField:
    """An unauthorized field: removed for objects of one type at one path.

    `siblings` are the response keys of that place in the client's order; `conditions` are those between the object
    and the field, `guards` all that must hold for the field to be asked for at all.
    """

    path: Keys
    key: str
    name: str
    on: str
    type: OutputType
    conditions: Conditions
    guards: Conditions
    siblings: Keys

    def to_graphql(self) -> dict[str, Any]:
        return Unauthorized(
            "You are not permitted to select this field. Log in with an account that has the right.",
            extensions={"path": [*self.path, self.key]},
        ).to_graphql()


def collect_requirements(
    operation: NormalizedOperation, schema: GraphQLSchema, permissions: Permissions
) -> tuple[Authorization, ...]:
    """All that the operation asks of its caller, each once, in an order that depends on nothing else."""
    if permissions.is_open:
        return ()
    asked: set[Authorization] = set()

    def permits(authorization: Authorization) -> bool:
        if authorization:
            asked.add(authorization)
        return True

    _AuthorizationRewriter(schema, permissions, permits).run(operation)
    return tuple(sorted(asked, key=_order_of))


def _order_of(authorization: Authorization) -> tuple[Any, ...]:
    return (
        authorization.is_authenticated,
        [sorted(names) for names in authorization.scopes],
        [sorted(names) for names in authorization.policies],
    )


def remove_unauthorized_fields(
    operation: NormalizedOperation,
    schema: GraphQLSchema,
    permissions: Permissions,
    permits: Callable[[Authorization], bool],
) -> tuple[NormalizedOperation, tuple[UnauthorizedField, ...]]:
    """The operation without unauthorized fields, and these fields, in the order of the document."""
    rewriter = _AuthorizationRewriter(schema, permissions, permits)
    remaining = rewriter.run(operation)
    unauthorized = tuple(replace(field, siblings=tuple(rewriter.keys[field.path])) for field in rewriter.unauthorized)
    return remaining, unauthorized


@dataclass(frozen=True, slots=True)
class _RewritePosition:
    """Where the walk is: the static type, the concrete types it can be, the response path, the conditions met."""

    type_name: str
    possible: frozenset[str]
    path: Keys
    conditions: Conditions = ()
    guards: Conditions = ()


class _AuthorizationRewriter:
    def __init__(
        self, schema: GraphQLSchema, permissions: Permissions, permits: Callable[[Authorization], bool]
    ) -> None:
        self._schema = schema
        self._permissions = permissions
        self._permits = permits
        self.unauthorized: list[UnauthorizedField] = []
        # Keys as a dict, which keeps the order of first appearance.
        self.keys: dict[Keys, dict[str, None]] = {}

    def run(self, operation: NormalizedOperation) -> NormalizedOperation:
        root = getattr(self._schema, f"{operation.kind}_type")
        place = _RewritePosition(root.name, frozenset({root.name}), ())
        return replace(operation, selections=self._selections(operation.selections, place))

    def _selections(self, selections: SelectionSet, place: _RewritePosition) -> SelectionSet:
        kept: list[Selection] = []
        for selection in selections:
            if isinstance(selection, InlineFragment):
                kept.append(self._fragment(selection, place))
            else:
                kept.extend(self._field(selection, place))
        return tuple(kept) or (PLACEHOLDER,)

    def _fragment(self, fragment: InlineFragment, place: _RewritePosition) -> InlineFragment:
        condition = fragment.type_condition or place.type_name
        inner = replace(
            place,
            type_name=condition,
            possible=place.possible & self._possible_types(condition),
            conditions=(*place.conditions, *fragment.conditions),
        )
        return replace(fragment, selections=self._selections(fragment.selections, inner))

    def _field(self, field: Field, place: _RewritePosition) -> Iterable[Selection]:
        key = field.response_key
        self.keys.setdefault(place.path, {})[key] = None
        if field.name.startswith("__"):
            return (field,)
        is_declared_open = self._permits(self._permissions.of_field(place.type_name, field.name))
        permitted = {
            name
            for name in sorted(place.possible)
            if self._permits(self._permissions.of_field(name, field.name)) and is_declared_open
        }
        self._record(field, place, place.possible - permitted)
        if not permitted and (place.possible or not is_declared_open):
            return ()
        kept = self._with_inner(field, place)
        if permitted == place.possible:
            return (kept,)
        return [InlineFragment(name, (kept,)) for name in sorted(permitted)]

    def _with_inner(self, field: Field, place: _RewritePosition) -> Field:
        if not field.selections:
            return field
        returned = get_named_type(self._definition(place.type_name, field.name).type)
        assert is_composite_type(returned)
        inner = _RewritePosition(
            type_name=returned.name,
            possible=self._possible_types(returned.name),
            path=(*place.path, field.response_key),
            guards=(*place.guards, *place.conditions, *field.conditions),
        )
        return replace(field, selections=self._selections(field.selections, inner))

    def _record(self, field: Field, place: _RewritePosition, types: frozenset[str]) -> None:
        conditions = (*place.conditions, *field.conditions)
        for name in sorted(types):
            self.unauthorized.append(
                UnauthorizedField(
                    path=place.path,
                    key=field.response_key,
                    name=field.name,
                    on=name,
                    type=_read_output_type(self._definition(name, field.name).type),
                    conditions=conditions,
                    guards=(*place.guards, *conditions),
                    siblings=(),
                )
            )

    def _definition(self, type_name: str, field_name: str) -> Any:
        kind: Any = self._schema.type_map[type_name]
        return kind.fields[field_name]

    def _possible_types(self, type_name: str) -> frozenset[str]:
        kind = self._schema.type_map[type_name]
        if is_abstract_type(kind):
            return frozenset(item.name for item in self._schema.get_possible_types(kind))
        return frozenset({type_name})


def _read_output_type(kind: Any) -> OutputType:
    shape: list[bool] = []
    while True:
        is_non_null = isinstance(kind, GraphQLNonNull)
        if is_non_null:
            kind = kind.of_type
        shape.append(is_non_null)
        if not isinstance(kind, GraphQLList):
            return OutputType(kind.name, tuple(shape))
        kind = kind.of_type
