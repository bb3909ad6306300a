"""Changes of the parts of a type: fields, arguments, enum values, input fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    is_required_argument,
    is_required_input_field,
    print_ast,
)

from entrepot.router.checks.api.assignability import is_narrower_output, is_wider_input
from entrepot.router.checks.change import Change

Input = GraphQLArgument | GraphQLInputField
T = TypeVar("T")


class Described(Protocol):
    """What has a description, and may be deprecated."""

    @property
    def description(self) -> str | None: ...

    @property
    def deprecation_reason(self) -> str | None: ...


def compare_fields(
    base: GraphQLObjectType | GraphQLInterfaceType, head: GraphQLObjectType | GraphQLInterfaceType
) -> Iterator[Change]:
    """Changes of the fields of a type, and of their arguments."""
    for name, field in base.fields.items():
        coordinate = f"{base.name}.{name}"
        if (other := head.fields.get(name)) is None:
            yield _removed("FIELD_REMOVED", coordinate, f"The field {coordinate} is removed", field.deprecation_reason)
            continue
        yield from compare_texts(coordinate, field, other)
        if str(field.type) != str(other.type):
            is_narrower = is_narrower_output(field.type, other.type)
            code = "FIELD_TYPE_NARROWED" if is_narrower else "FIELD_TYPE_CHANGED"
            yield Change.of(code, coordinate, f"The type of {coordinate} changes from {field.type} to {other.type}.")
        yield from compare_arguments(coordinate, field.args, other.args)
    for name in added(base.fields, head.fields):
        yield Change.of("FIELD_ADDED", f"{base.name}.{name}", f"The field {base.name}.{name} is added.")


def compare_arguments(
    owner: str, base: Mapping[str, GraphQLArgument], head: Mapping[str, GraphQLArgument]
) -> Iterator[Change]:
    """Changes of the arguments of a field or directive."""
    return _compare_inputs("ARGUMENT", owner, f"{owner}({{}}:)", base, head)


def compare_values(base: GraphQLEnumType, head: GraphQLEnumType) -> Iterator[Change]:
    """Changes of the values of an enum."""
    for name, value in base.values.items():
        coordinate = f"{base.name}.{name}"
        if (other := head.values.get(name)) is None:
            reason = value.deprecation_reason
            yield _removed("ENUM_VALUE_REMOVED", coordinate, f"The value {coordinate} is removed", reason)
        else:
            yield from compare_texts(coordinate, value, other)
    for name in added(base.values, head.values):
        yield Change.of("ENUM_VALUE_ADDED", f"{base.name}.{name}", f"The value {base.name}.{name} is added.")


def compare_input_fields(base: GraphQLInputObjectType, head: GraphQLInputObjectType) -> Iterator[Change]:
    """Changes of the fields of an input type."""
    return _compare_inputs("INPUT_FIELD", base.name, f"{base.name}.{{}}", base.fields, head.fields)


def compare_texts(coordinate: str, base: Described, head: Described) -> Iterator[Change]:
    """Changes of a description and of a deprecation."""
    if base.description != head.description:
        yield Change.of("DESCRIPTION_CHANGED", coordinate, f"The description of {coordinate} changes.")
    before, after = base.deprecation_reason, head.deprecation_reason
    if before is None and after is not None:
        yield Change.of("DEPRECATION_ADDED", coordinate, f"{coordinate} is deprecated: {after}")
    elif before is not None and after is None:
        yield Change.of("DEPRECATION_REMOVED", coordinate, f"{coordinate} is no longer deprecated.")
    elif before != after:
        yield Change.of("DEPRECATION_REASON_CHANGED", coordinate, f"{coordinate} is deprecated: {after}")


def added(base: Mapping[str, T], head: Mapping[str, T]) -> list[str]:
    """The names that are new, in the order of the head."""
    return [name for name in head if name not in base]


def _removed(code: str, coordinate: str, text: str, deprecation: str | None) -> Change:
    said = "; it was not deprecated." if deprecation is None else f"; it was deprecated: {deprecation}"
    return Change.of(code, coordinate, text + said)


def _compare_inputs(
    kind: str, owner: str, form: str, base: Mapping[str, Input], head: Mapping[str, Input]
) -> Iterator[Change]:
    """Changes of arguments or input fields; `form` is their coordinate with `{}` for the name."""
    noun = kind.replace("_", " ").lower()
    for name, element in base.items():
        coordinate = form.format(name)
        if (other := head.get(name)) is None:
            text = f"The {noun} {coordinate} is removed"
            yield _removed(f"{kind}_REMOVED", coordinate, text, element.deprecation_reason)
            continue
        yield from compare_texts(coordinate, element, other)
        affected = owner if _is_required(other) and not _is_required(element) else None
        yield from _compare_input(kind, f"The {noun} {coordinate}", coordinate, element, other, affected)
    for name in added(base, head):
        coordinate = form.format(name)
        word = "required" if _is_required(head[name]) else "optional"
        message = f"The {word} {noun} {coordinate} is added."
        yield Change.of(f"{word.upper()}_{kind}_ADDED", coordinate, message, affected=owner)


def _is_required(element: Input) -> bool:
    if isinstance(element, GraphQLArgument):
        return is_required_argument(element)
    return is_required_input_field(element)


def _compare_input(
    kind: str,
    name: str,
    coordinate: str,
    base: Input,
    head: Input,
    affected: str | None,
) -> Iterator[Change]:
    if str(base.type) != str(head.type):
        # A value that was optional and has a default may become non-null: it may still be left out, but not be null.
        code = f"{kind}_TYPE_WIDENED" if is_wider_input(base.type, head.type) else f"{kind}_TYPE_CHANGED"
        message = f"{name} changes its type from {base.type} to {head.type}."
        yield Change.of(code, coordinate, message, affected=affected)
    before, after = _print_default(base), _print_default(head)
    if before != after:
        code = f"{kind}_DEFAULT_CHANGED"
        yield Change.of(code, coordinate, f"{name} changes its default from {before or 'none'} to {after or 'none'}.")


def _print_default(value: Input) -> str | None:
    """The default as it is written; API schemas are built from documents."""
    node = value.ast_node and value.ast_node.default_value
    return None if node is None else print_ast(node)
