"""Leaf values: what the JSON of a subgraph may be for a built-in scalar (GraphQL sections 3.5 and 6.4.3).

Custom scalars are what their subgraphs make of them; only their nesting is bounded, since every reader of JSON has a
limit, and so has the writing of an answer.
"""

from __future__ import annotations

from typing import Any, Final

MAXIMUM_NESTING: Final = 960
_LEAST_INT: Final = -(2**31)
_GREATEST_INT: Final = 2**31 - 1
_NESTED: Final = frozenset({dict, list})


class LeafInvalid(Exception):
    """The value is not one of the leaf's type; the message says what it is, after "A subgraph returned"."""


_BUILT_IN: Final = frozenset({"Boolean", "Float", "ID", "Int", "String"})


def is_built_in(type_name: str) -> bool:
    """Whether a scalar of the name is one of the specification, so that its values are checked."""
    return type_name in _BUILT_IN


def convert_leaf(type_name: str, value: Any) -> Any:
    """The value of a scalar as clients get it; raises LeafInvalid for one that its type does not have.

    Numbers without a fraction are integers, and the integers of an ID are text.
    """
    kind = value.__class__
    if type_name == "String":
        is_valid = kind is str
    elif type_name == "ID":
        if kind is int or (kind is float and value.is_integer()):
            return str(int(value))
        is_valid = kind is str
    elif type_name == "Int":
        if kind is float and value.is_integer():
            value, kind = int(value), int
        is_valid = kind is int and _LEAST_INT <= value <= _GREATEST_INT
    elif type_name == "Float":
        is_valid = kind is float or kind is int
    elif type_name == "Boolean":
        is_valid = kind is bool
    else:
        if kind in _NESTED and _is_too_deep(value):
            raise LeafInvalid(f"a value that is nested more than {MAXIMUM_NESTING} levels deep")
        is_valid = True
    if not is_valid:
        raise LeafInvalid(f"a value that is not of type {type_name}")
    return value


def write_doubt(type_name: str, value: str) -> str:
    """A Python expression that is false for nearly all values of the type, in the least time.

    Where it is true, `convert_leaf` decides; `value` is the variable's name.
    """
    if type_name in ("String", "ID"):
        return f"{value}.__class__ is not str"
    if type_name == "Int":
        return f"({value}.__class__ is not int or not {_LEAST_INT} <= {value} <= {_GREATEST_INT})"
    if type_name == "Float":
        return f"{value}.__class__ is not float and {value}.__class__ is not int"
    if type_name == "Boolean":
        return f"{value}.__class__ is not bool"
    return f"({value}.__class__ is dict or {value}.__class__ is list)"


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAXIMUM_NESTING):
        level = [
            child
            for each in level
            for child in (each.values() if each.__class__ is dict else each)
            if child.__class__ is dict or child.__class__ is list
        ]
        if not level:
            return False
    return True
