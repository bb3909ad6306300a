"""What the compiler asks of a Strawberry schema: fields, resolvers, arguments, leaves and classes of its types."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any, Final, cast

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLFieldResolver,
    GraphQLLeafType,
    GraphQLObjectType,
    default_field_resolver,
)
from graphql.pyutils import inspect
from strawberry.schema import Schema
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.field import StrawberryField

from entrepot.shared.graphql.execution.arguments import Arguments
from entrepot.shared.graphql.execution.completion import EnumLeaf, Leaf
from entrepot.shared.graphql.execution.plan import FieldStep, Run

_DEFINITION: Final = "strawberry-definition"

Guard = Callable[[Any], None]
"""Takes the context, raises what the caller is refused with."""

GuardOf = Callable[[GraphQLObjectType, str, GraphQLField], Guard | None]


class SchemaTypes:
    """The types of one schema as the compiler sees them; `guard_of` says what a field asks of the caller."""

    def __init__(self, schema: Schema, guard_of: GuardOf) -> None:
        self.schema = schema._schema  # noqa: SLF001 - Strawberry offers no other way to graphql-core's schema
        self.info_class = schema.config.info_class
        self.guard_of = guard_of
        self._strawberry = schema
        self._leaves: dict[tuple[str, bool], Leaf] = {}

    def definition_of(self, field: GraphQLField) -> StrawberryField | None:
        """Strawberry's declaration of a field."""
        found = field.extensions.get(_DEFINITION)
        return found if isinstance(found, StrawberryField) else None

    def is_special(self, field: GraphQLField, definition: StrawberryField) -> bool:
        """Whether more than a resolver takes part in the field: extensions, permissions, somebody's own `resolve`."""
        return (
            # Strawberry marks the functions that it makes of resolvers.
            not hasattr(field.resolve, "_is_default")
            or bool(definition.extensions)
            or type(definition).get_result is not StrawberryField.get_result
            or bool(self._strawberry.schema_converter.exception_handlers)
            or self._strawberry.config.default_resolver is not getattr
        )

    def resolver_of(self, field: GraphQLField) -> GraphQLFieldResolver:
        return field.resolve or default_field_resolver

    def build_arguments(self, field: GraphQLField, node: FieldNode, definition: StrawberryField | None) -> Arguments:
        converter = self._strawberry.schema_converter
        return Arguments(field, node, definition, converter.scalar_registry, self._strawberry.config)

    def leaf(self, type_: GraphQLLeafType, *, is_required: bool) -> Leaf:
        key = (type_.name, is_required)
        if key not in self._leaves:
            members = getattr(type_, "wrapped_cls", None) if isinstance(type_, GraphQLEnumType) else None
            is_enum = isinstance(members, type) and issubclass(members, Enum)
            self._leaves[key] = _build_leaf(type_, members if is_enum else None, is_required=is_required)
        return self._leaves[key]

    @cache  # noqa: B019 - the object lives as long as its schema
    def origin_of(self, type_: GraphQLObjectType) -> type | None:
        """The class whose instances certainly are of the type: where no predicate of the author's says otherwise."""
        definition = type_.extensions.get(_DEFINITION)
        origin = getattr(definition, "origin", None)
        if definition is None or not isinstance(origin, type) or definition.is_type_of is not None:
            return None
        if definition.concrete_of is not None:
            return None
        own = getattr(origin, "is_type_of", None)
        return None if own is not None else origin

    @cache  # noqa: B019 - as above
    def _possible_origins(self, type_: GraphQLAbstractType) -> dict[type, GraphQLObjectType]:
        """The object type of a value by the value's class, where the class alone decides."""
        possible = self.schema.get_possible_types(type_)
        origins = {origin: object_type for object_type in possible if (origin := self.origin_of(object_type))}
        definition = type_.extensions.get(_DEFINITION)
        if getattr(definition, "resolve_type", None) is not None or len(origins) != len(possible):
            return {}
        # An instance of a subclass may be taken for one of its base: then the schema has to say.
        return {
            origin: object_type
            for origin, object_type in origins.items()
            if not any(other is not origin and issubclass(origin, other) for other in origins)
        }

    def type_resolver(self, type_: GraphQLAbstractType) -> Callable[[Run, FieldStep, Any], GraphQLObjectType]:
        """Finds the object type of a value of an interface or a union; raises what the schema's own resolver raises."""
        origins = self._possible_origins(type_)

        def resolve(run: Run, step: FieldStep, value: Any) -> GraphQLObjectType:
            found = origins.get(type(value))
            if found is not None and getattr(value, TYPE_CAST_ATTRIBUTE, None) is None:
                return found
            return self._ask_schema(type_, run, step, value)

        return resolve

    def _ask_schema(self, type_: GraphQLAbstractType, run: Run, step: FieldStep, value: Any) -> GraphQLObjectType:
        info = run.info_of(step)
        name: Any = None
        if type_.resolve_type is not None:
            name = type_.resolve_type(value, info, type_)
        else:
            name = _default_type_name(self.schema.get_possible_types(type_), value, info)
        return self._check_runtime_type(type_, name, step, value)

    def _check_runtime_type(
        self, type_: GraphQLAbstractType, name: Any, step: FieldStep, value: Any
    ) -> GraphQLObjectType:
        """The object type of that name; raises GraphQLError, worded as graphql-core words it, for anything else."""
        found = self.schema.type_map.get(name) if isinstance(name, str) else None
        if isinstance(found, GraphQLObjectType) and self.schema.is_sub_type(type_, found):
            return found
        place = f"field '{step.parent.name}.{step.name}'"
        must = f"Abstract type '{type_.name}' must resolve to an Object type at runtime for {place}"
        if name is None:
            message = (
                f"{must}. Either the '{type_.name}' type should provide a 'resolve_type' function"
                " or each possible type should provide an 'is_type_of' function."
            )
        elif not isinstance(name, str):
            given = f"{must} with value {inspect(value)}, received '{inspect(name)}'"
            message = f"{given}, which is not a valid Object type name."
        elif found is None:
            message = (
                f"Abstract type '{type_.name}' was resolved to a type '{name}' that does not exist inside the schema."
            )
        elif not isinstance(found, GraphQLObjectType):
            message = f"Abstract type '{type_.name}' was resolved to a non-object type '{name}'."
        else:
            message = f"Runtime Object type '{name}' is not a possible type for '{type_.name}'."
        raise GraphQLError(message, list(step.nodes))


def _default_type_name(possible: Any, value: Any, info: Any) -> str | None:
    """As graphql-core's default: the `__typename` of a dictionary, else the first type whose predicate says yes."""
    if isinstance(value, dict) and isinstance(value.get("__typename"), str):
        return cast("str", value["__typename"])
    for object_type in possible:
        if object_type.is_type_of is not None and object_type.is_type_of(value, info):
            return cast("str", object_type.name)
    return None


def _build_leaf(type_: Any, members: type[Enum] | None, *, is_required: bool) -> Leaf:
    """The completion of a scalar or an enum."""
    if isinstance(type_, GraphQLEnumType) and members is not None:
        return EnumLeaf(type_, members, is_required=is_required)
    return Leaf(type_, is_required=is_required)
