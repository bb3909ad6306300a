"""The immutable selection tree: operations, field sets and requirements are all this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Condition:
    """`@include(if: $variable)` (expected true) or `@skip(if: $variable)` (expected false)."""

    variable: str
    expected: bool


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; `value` is its canonical GraphQL literal, variables written as `$name`."""

    name: str
    value: str
    variables: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


@dataclass(frozen=True, slots=True)
class Field:
    """A field; `selections` is empty for a leaf."""

    name: str
    alias: str | None = None
    arguments: tuple[Argument, ...] = ()
    selections: tuple[Selection, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def response_key(self) -> str:
        return self.alias or self.name


@dataclass(frozen=True, slots=True)
class InlineFragment:
    """A fragment; `type_condition` None keeps the enclosing type."""

    type_condition: str | None
    selections: tuple[Selection, ...] = field(default=())
    conditions: tuple[Condition, ...] = ()


Selection = Field | InlineFragment
SelectionSet = tuple[Selection, ...]


def print_selections(selections: Iterable[Selection]) -> str:
    """The selections on one line, without the outer braces: `id price { amount } ... on Book { title }`."""
    return " ".join(_print_selection(selection) for selection in selections)


def collect_variables(selections: Iterable[Selection]) -> frozenset[str]:
    """The names of all variables that arguments and conditions use, at any depth."""
    names: set[str] = set()
    for selection in selections:
        names.update(condition.variable for condition in selection.conditions)
        if isinstance(selection, Field):
            for argument in selection.arguments:
                names |= argument.variables
        names |= collect_variables(selection.selections)
    return frozenset(names)


def _print_selection(selection: Selection) -> str:
    if isinstance(selection, Field):
        head = selection.name if selection.alias in (None, selection.name) else f"{selection.alias}: {selection.name}"
        if selection.arguments:
            head += f"({', '.join(map(str, selection.arguments))})"
    else:
        head = "..." if selection.type_condition is None else f"... on {selection.type_condition}"
    for condition in selection.conditions:
        directive = "include" if condition.expected else "skip"
        head += f" @{directive}(if: ${condition.variable})"
    if not selection.selections:
        return head
    return f"{head} {{ {print_selections(selection.selections)} }}"
