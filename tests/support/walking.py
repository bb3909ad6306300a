"""Operations that reach every field of a schema: the shortest way from a root, with valid arguments."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_leaf_type,
)

LITERALS: Mapping[str, str] = {
    "ID": '"x"',
    "String": '"x"',
    "Int": "1",
    "Float": "1",
    "Boolean": "true",
    "Long": "1",
    "Decimal": '"1"',
    "CurrencyCode": '"EUR"',
}
NOTHING_KNOWN: Mapping[str, str] = {}
ROOTS = ("query", "mutation", "subscription")


@dataclass(frozen=True)
class Way:
    """An operation down to one field."""

    operation: str
    steps: tuple[str, ...]
    type: str
    field: str

    @property
    def document(self) -> str:
        text = ""
        for step in reversed(self.steps):
            text = f"{step} {{ {text} }}" if text else step
        return f"{self.operation} {{ {text} }}"


def ways_to_fields(schema: GraphQLSchema, values: Mapping[str, str] = NOTHING_KNOWN) -> Iterator[Way]:
    """One way to every field of every object type that can be reached.

    `values` are literals of arguments that are to be more than valid, by coordinate: `Query.order(id:)`.
    """
    seen: set[str] = set()
    queue: deque[tuple[str, tuple[str, ...], GraphQLObjectType]] = deque()
    for name in ROOTS:
        root = getattr(schema, f"{name}_type")
        if root is not None:
            queue.append((name, (), root))
            seen.add(root.name)
    while queue:
        operation, steps, type_ = queue.popleft()
        for name, field in type_.fields.items():
            if name.startswith("_"):
                continue
            call = f"{name}{print_arguments(f'{type_.name}.{name}', field, values)}"
            target = get_named_type(field.type)
            tail = "" if is_leaf_type(target) else " { __typename }"
            yield Way(operation, (*steps, call + tail), type_.name, name)
            for possible in possible_objects(schema, target):
                if possible.name not in seen:
                    seen.add(possible.name)
                    condition = () if possible is target else (f"... on {possible.name}",)
                    queue.append((operation, (*steps, call, *condition), possible))


def possible_objects(schema: GraphQLSchema, type_: object) -> list[GraphQLObjectType]:
    if isinstance(type_, GraphQLObjectType):
        return [type_]
    if isinstance(type_, GraphQLInterfaceType) or hasattr(type_, "types"):
        return list(schema.get_possible_types(type_))  # type: ignore[arg-type]  # an interface or a union
    return []


ONE_OF: Mapping[str, tuple[str, ...]] = {"Query.category": ("id", "slug")}
"""Arguments of which exactly one is given, by field."""


def print_arguments(
    coordinate: str, field: GraphQLField, values: Mapping[str, str] = NOTHING_KNOWN, more: Iterable[str] = ()
) -> str:
    """The required arguments with something valid, `(id: "x")`, and `more`, printed before; or nothing."""
    given = list(more)
    choice = ONE_OF.get(coordinate, ())
    chosen = choice[:1] if not any(text.startswith(f"{name}:") for text in given for name in choice) else ()
    required = [
        f"{name}: {values.get(f'{coordinate}({name}:)') or print_literal(argument.type)}"
        for name, argument in field.args.items()
        if is_needed(argument) or name in chosen
    ]
    printed = ", ".join([*required, *given])
    return f"({printed})" if printed else ""


def is_needed(item: GraphQLArgument | GraphQLInputField) -> bool:
    return isinstance(item.type, GraphQLNonNull) and item.default_value is Undefined


def print_literal(type_: GraphQLInputType) -> str:
    if isinstance(type_, GraphQLNonNull):
        return print_literal(type_.of_type)
    if isinstance(type_, GraphQLList):
        return f"[{print_literal(type_.of_type)}]"
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        needed = {name: field for name, field in type_.fields.items() if is_needed(field)}
        return "{ " + ", ".join(f"{name}: {print_literal(field.type)}" for name, field in needed.items()) + " }"
    return LITERALS[type_.name]
