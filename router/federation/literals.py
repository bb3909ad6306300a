"""Constant GraphQL values as Python values, read from and printed to GraphQL text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from graphql.language import ast

Literal = Any
"""None, bool, int, str, `EnumLiteral`, `FloatLiteral`, `VariableLiteral`, a list or a dict of these."""


class EnumLiteral(str):
    """An enum value: printed without quotes."""

    __slots__ = ()


class FloatLiteral(str):
    """A float as it was written, so that printing loses no digit."""

    __slots__ = ()


class VariableLiteral(str):
    """A variable where a constant should be; kept so that a rule can refuse it."""

    __slots__ = ()


def read_literal(node: ast.ValueNode) -> Literal:
    """The Python value of a GraphQL value node."""
    return _READERS[type(node)](node)


def print_literal(value: Literal) -> str:
    """The value as GraphQL text: `{a: 1, b: [X]}`."""
    if isinstance(value, list):
        return "[" + ", ".join(map(print_literal, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {print_literal(item)}" for name, item in value.items()) + "}"
    if isinstance(value, VariableLiteral):
        return f"${value}"
    if is_plain_string(value) or isinstance(value, bool) or value is None:
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def is_plain_string(value: Literal) -> bool:
    """Whether the value was written as a string."""
    return isinstance(value, str) and not isinstance(value, EnumLiteral | FloatLiteral | VariableLiteral)


def canonical(value: Literal) -> str:
    """Text that is equal for equal values: the fields of an input object in the order of their names."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {canonical(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(canonical, value)) + "]"
    return print_literal(value)


def _read_object(node: Any) -> dict[str, Literal]:
    return {field.name.value: read_literal(field.value) for field in node.fields}


_READERS: dict[type[ast.ValueNode], Callable[[Any], Literal]] = {
    ast.NullValueNode: lambda _: None,
    ast.BooleanValueNode: lambda node: node.value,
    ast.IntValueNode: lambda node: int(node.value),
    ast.FloatValueNode: lambda node: FloatLiteral(node.value),
    ast.StringValueNode: lambda node: node.value,
    ast.EnumValueNode: lambda node: EnumLiteral(node.value),
    ast.VariableNode: lambda node: VariableLiteral(node.name.value),
    ast.ListValueNode: lambda node: [read_literal(item) for item in node.values],
    ast.ObjectValueNode: _read_object,
}
