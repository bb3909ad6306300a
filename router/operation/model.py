"""One operation, normalized: no named fragments, no literal conditions, fields merged."""

from __future__ import annotations

from dataclasses import dataclass
from json import dumps
from typing import Literal

from entrepot.router.selection import Deferral, NullableCondition, SelectionSet, print_selections

OperationKind = Literal["query", "mutation", "subscription"]


@dataclass(frozen=True, slots=True)
class VariableDefinition:
    """A variable as the operation declares it; `type`, `default` and `directives` are GraphQL text."""

    name: str
    type: str
    default: str | None = None
    directives: str = ""

    def __str__(self) -> str:
        head = f"${self.name}: {self.type}"
        head = head if self.default is None else f"{head} = {self.default}"
        return f"{head} {self.directives}" if self.directives else head


@dataclass(frozen=True, slots=True)
class OperationDirective:
    """A directive of the client's own on the operation; `kinds` are the operations on which it may stand."""

    text: str
    variables: frozenset[str]
    kinds: frozenset[OperationKind]


@dataclass(frozen=True, slots=True)
class NormalizedOperation:
    """What planning reads: the operation's kind, variables and selection tree in the client's order.

    `deferrals` are its deferred fragments; what they hold has the deferral among its conditions. `nullable_conditions`
    are those that a request may set to null, as they were written.
    """

    kind: OperationKind
    name: str | None
    variables: tuple[VariableDefinition, ...]
    selections: SelectionSet
    deferrals: tuple[Deferral, ...] = ()
    nullable_conditions: tuple[NullableCondition, ...] = ()
    directives: tuple[OperationDirective, ...] = ()


def print_operation(operation: NormalizedOperation) -> str:
    """The operation as GraphQL text on one line; equal for operations that plan alike."""
    head: str = operation.kind
    if operation.name:
        head += f" {operation.name}"
    if operation.variables:
        head += f"({', '.join(map(str, operation.variables))})"
    head += "".join(f" {item.text}" for item in operation.directives)
    return " ".join(
        [f"{head} {{ {print_selections(operation.selections)} }}", *map(_print_deferral, operation.deferrals)]
    )


def _print_deferral(item: Deferral) -> str:
    inside = "" if item.parent is None else f" inside {item.parent}"
    label = "" if item.label is None else f" label {dumps(item.label)}"
    variable = "" if item.variable is None else f" if ${item.variable}"
    return f"@defer {item.number} at {'.'.join(item.path) or 'the root'}{inside}{label}{variable}"
