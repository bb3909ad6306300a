"""The cost of an operation as a tree: estimated for variables, counted in the response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import Undefined

from entrepot.router.errors import ListSizeUnknown
from entrepot.router.federation.demand import ListSize
from entrepot.router.pipeline.demand_control.argument_costs import ArgumentCost, ArgumentValue
from entrepot.router.pipeline.demand_control.introspection_cost import IntrospectionCost
from entrepot.router.selection import Condition

Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sizing:
    """How long the list of a field is estimated to be; `arguments` are its slicing arguments with their defaults."""

    coordinate: str
    declared: ListSize
    arguments: tuple[tuple[str, ArgumentValue | None, Any], ...]
    default: int

    def estimate(self, variables: Variables, *, is_strict: bool) -> int:
        """The length; raises ListSizeUnknown where exactly one slicing argument must be given and is not."""
        given = [
            value
            for _, argument, default in self.arguments
            if isinstance(value := self._read(argument, default, variables), int)
        ]
        if is_strict and self.arguments and self.declared.requires_one_slicing_argument and len(given) != 1:
            names = ", ".join(f"`{name}`" for name, _, _ in self.arguments)
            raise ListSizeUnknown(
                f"{self.coordinate} needs exactly one of {names}, so that what it costs is known.",
                extensions={"coordinate": self.coordinate, "arguments": [name for name, _, _ in self.arguments]},
            )
        if given:
            return max(0, *given)
        assumed = self.declared.assumed_size
        return self.default if assumed is None else assumed

    def _read(self, argument: ArgumentValue | None, default: Any, variables: Variables) -> Any:
        value = Undefined if argument is None else argument.read(variables)
        return default if value is Undefined else value


@dataclass(slots=True)
class Branch:
    """An object of one type: its own weight, and its fields."""

    weight: int
    fields: tuple[FieldCost | IntrospectionCost, ...]


@dataclass(slots=True)
class SelectionsCost:
    """What an object costs, by its type; `type_key` is the response key that holds the type, where one is asked."""

    branches: dict[str, Branch] = field(default_factory=dict)
    type_key: str | None = None

    def estimate(self, weight: int | None, variables: Variables, sized: Mapping[str, int], *, is_strict: bool) -> int:
        """The cost of the most expensive object; `weight` replaces that of its type."""
        return max(
            (
                (branch.weight if weight is None else weight)
                + sum(item.estimate(variables, sized.get(item.name), is_strict=is_strict) for item in branch.fields)
                for branch in {id(each): each for each in self.branches.values()}.values()
            ),
            default=0,
        )

    def count(self, weight: int | None, value: dict[str, Any], variables: Variables) -> int:
        """The cost of an object that was answered; without `__typename`, that of the most expensive type."""
        known = self.branches.get(value.get(self.type_key, "")) if self.type_key else None
        possible = [known] if known is not None else list(self.branches.values())
        return max(
            (
                (branch.weight if weight is None else weight)
                + sum(item.count(value[item.key], variables) for item in branch.fields if item.key in value)
                for branch in possible
            ),
            default=0,
        )


@dataclass(slots=True)
class FieldCost:
    """What a field costs; `weight` is that of its own `@cost`, or of the leaf that it is."""

    name: str
    key: str
    conditions: tuple[Condition, ...]
    weight: int | None
    list_depth: int
    default_size: int
    sizing: Sizing | None
    arguments: tuple[ArgumentCost, ...]
    inner: SelectionsCost | None

    def estimate(self, variables: Variables, inherited_size: int | None, *, is_strict: bool) -> int:
        """The cost of the field; `inherited_size` is the length that the field around it decides."""
        if not all(
            condition.is_deferral or variables.get(condition.variable) is condition.expected
            for condition in self.conditions
        ):
            return 0
        size = self.sizing.estimate(variables, is_strict=is_strict) if self.sizing is not None else self.default_size
        sized = self.sizing.declared.sized_fields if self.sizing is not None else ()
        if self.inner is None:
            one = self.weight or 0
        else:
            one = self.inner.estimate(self.weight, variables, dict.fromkeys(sized, size), is_strict=is_strict)
        if self.list_depth:
            own = self.default_size if sized else size
            one *= (own if inherited_size is None else inherited_size) * self.default_size ** (self.list_depth - 1)
        return one + self._cost_arguments(variables)

    def count(self, value: Any, variables: Variables) -> int:
        """The cost of the field where it was answered with the value."""
        return self._cost_arguments(variables) + self._count_value(value, variables)

    def _count_value(self, value: Any, variables: Variables) -> int:
        if value is None:
            return 0
        # What a leaf holds is the scalar's own matter: its lists are only those that its type says.
        if isinstance(value, list) and self.list_depth:
            return sum(self._count_value(item, variables) for item in value)
        if self.inner is not None and isinstance(value, dict):
            return self.inner.count(self.weight, value, variables)
        return self.weight or 0

    def _cost_arguments(self, variables: Variables) -> int:
        return sum(argument.estimate(variables) for argument in self.arguments)


@dataclass(slots=True)
class OperationCost:
    """What an operation costs; `variables` are the names of those that can change it."""

    base: int
    root: SelectionsCost
    variables: tuple[str, ...]

    def estimate(self, variables: Variables, *, is_strict: bool) -> int:
        """The cost before execution; raises ListSizeUnknown."""
        return self.base + self.root.estimate(0, variables, {}, is_strict=is_strict)

    def count(self, data: dict[str, Any] | None, variables: Variables) -> int:
        """The cost of the answer."""
        return self.base if data is None else self.base + self.root.count(0, data, variables)
