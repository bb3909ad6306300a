"""Everything of a schema that can have a description, by its coordinate."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    is_specified_scalar_type,
)


def descriptions_of(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Coordinate and description of the schema itself, its types, fields, arguments, input fields and enum values."""
    yield "schema", schema.description
    for type_ in _own_types(schema):
        yield type_.name, type_.description
        if isinstance(type_, GraphQLEnumType):
            for name, value in type_.values.items():
                yield f"{type_.name}.{name}", value.description
        elif isinstance(type_, GraphQLInputObjectType):
            for name, input_field in type_.fields.items():
                yield f"{type_.name}.{name}", input_field.description
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                if not name.startswith("_"):
                    yield f"{type_.name}.{name}", field.description
                    yield from ((f"{type_.name}.{name}({a}:)", each.description) for a, each in field.args.items())


def custom_scalars(schema: GraphQLSchema) -> Iterator[GraphQLScalarType]:
    return (type_ for type_ in _own_types(schema) if isinstance(type_, GraphQLScalarType))


def _own_types(schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    """Without those of GraphQL itself, of federation (`_Any`) and of linked specifications (`link__Import`)."""
    for name, type_ in schema.type_map.items():
        if not name.startswith("_") and "__" not in name and not is_specified_scalar_type(type_):
            yield type_
