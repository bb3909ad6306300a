"""The immutable selection tree: operations, field sets and requirements are all this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

# No variable is called so: names of GraphQL have no such letter.
_DEFERRED: Final = "@defer "


@dataclass(frozen=True, slots=True)
class Condition:
    """`@include(if: $variable)` (expected true) or `@skip(if: $variable)` (expected false).

    That something is deferred is a condition too, on a variable that no request sets: what hangs on it is left out of
    the answer until its fragment is delivered.
    """

    variable: str
    expected: bool

    @property
    def is_deferral(self) -> bool:
        return self.variable.startswith(_DEFERRED)

    @property
    def deferral(self) -> int:
        """The number of the deferred fragment, for a condition that is a deferral."""
        return int(self.variable.removeprefix(_DEFERRED))


def build_deferral(number: int) -> Condition:
    """The condition that the deferred fragment of the number is delivered."""
    return Condition(f"{_DEFERRED}{number}", expected=True)


@dataclass(frozen=True, slots=True)
class NullableCondition:
    """A `@skip`, `@include` or `@defer` whose `variable` may be null, which is an error of the object it stands on.

    `path` are the response keys from the root to that object, `types` the concrete types that it may have, and
    `conditions` those of the fragments around it on the same object. `is_argument` says that the variable is the value
    of other arguments as well.
    """

    path: tuple[str, ...]
    types: frozenset[str]
    conditions: tuple[Condition, ...]
    variable: str
    is_argument: bool = False


@dataclass(frozen=True, slots=True)
class Deferral:
    """One deferred fragment of an operation, known by its number (incremental delivery, section on `@defer`).

    `path` are the response keys from the root to the object that the fragment stands on, `parent` is the number of the
    deferred fragment around it. `variable` decides for each request whether it is deferred; None: always.
    """

    number: int
    path: tuple[str, ...]
    label: str | None = None
    variable: str | None = None
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; `value` is its canonical GraphQL literal, variables written as `$name`.

    A directive of the client's own, which subgraphs are to see, goes with a field as its arguments do: its `name`
    begins with `@`, or with `...` where it stands on a fragment around the field, and `value` is the whole of it.
    """

    name: str
    value: str
    variables: frozenset[str] = frozenset()

    @property
    def is_directive(self) -> bool:
        return self.name[0] in "@."

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


def split_directives(arguments: tuple[Argument, ...]) -> tuple[tuple[Argument, ...], tuple[Argument, ...]]:
    """The arguments proper, and the directives that go with them."""
    directives = tuple(item for item in arguments if item.is_directive)
    return (tuple(item for item in arguments if not item.is_directive), directives) if directives else (arguments, ())


def rename_variables(selections: SelectionSet, names: Mapping[str, str]) -> SelectionSet:
    """The selections with the variables renamed that are the whole value of an argument, at any depth."""
    renamed: list[Selection] = []
    for item in selections:
        below = rename_variables(item.selections, names)
        if isinstance(item, Field):
            arguments = tuple(_rename_argument(argument, names) for argument in item.arguments)
            renamed.append(replace(item, arguments=arguments, selections=below))
        else:
            renamed.append(replace(item, selections=below))
    return tuple(renamed)


def _rename_argument(argument: Argument, names: Mapping[str, str]) -> Argument:
    name = names.get(argument.value.removeprefix("$")) if argument.value.startswith("$") else None
    return argument if name is None else Argument(argument.name, f"${name}", frozenset((name,)))


def _print_selection(selection: Selection) -> str:
    around: list[str] = []
    if isinstance(selection, Field):
        head = selection.name if selection.alias in (None, selection.name) else f"{selection.alias}: {selection.name}"
        if selection.arguments:
            arguments, directives = split_directives(selection.arguments)
            if arguments:
                head += f"({', '.join(map(str, arguments))})"
            head += "".join(f" {item.value}" for item in directives if item.name[0] == "@")
            around = [item.value for item in directives if item.name[0] != "@"]
    else:
        head = "..." if selection.type_condition is None else f"... on {selection.type_condition}"
    for condition in selection.conditions:
        if condition.is_deferral:
            head += f" {condition.variable}"
            continue
        directive = "include" if condition.expected else "skip"
        head += f" @{directive}(if: ${condition.variable})"
    if selection.selections:
        head = f"{head} {{ {print_selections(selection.selections)} }}"
    for directive in reversed(around):
        head = f"... {directive} {{ {head} }}"
    return head
