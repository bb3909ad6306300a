"""Arguments: those that every connection takes, and defaults as the schema declares them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)

First = Annotated[
    int | None,
    strawberry.argument(
        description="The number of items after `after`, from 1 to 100; 20 by default. "
        "Not together with `last` or `before`."
    ),
]
After = Annotated[
    str | None,
    strawberry.argument(description="The cursor that the page starts behind, such as the `endCursor` of the last one."),
]
Last = Annotated[
    int | None,
    strawberry.argument(
        description="The number of items before `before`, from 1 to 100; 20 by default. The order of the list stays. "
        "Not together with `first` or `after`."
    ),
]
Before = Annotated[
    str | None,
    strawberry.argument(
        description="The cursor that the page ends in front of, such as the `startCursor` of the last one; "
        "without it the page is at the end of the list."
    ),
]


def drop_null_defaults(schema: GraphQLSchema) -> None:
    """Let no argument or input field default to null, as Strawberry has it for a Python default of None.

    The resolver sees the same: an argument that is left out keeps the default of its Python parameter.
    """
    for value in _inputs(schema):
        if value.default_value is None:
            value.default_value = Undefined


def _inputs(schema: GraphQLSchema) -> Iterator[GraphQLArgument | GraphQLInputField]:
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            yield from type_.fields.values()
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__"):
            for field in type_.fields.values():
                yield from field.args.values()
