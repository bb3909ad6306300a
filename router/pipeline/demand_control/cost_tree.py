"""The cost of an operation as a tree: estimated for variables, counted in the response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from entrepot.router.pipeline.demand_control.argument_costs import ArgumentCost
from entrepot.router.pipeline.demand_control.introspection_cost import IntrospectionCost, may_be_asked
from entrepot.router.pipeline.demand_control.list_sizes import InheritedSize, Sizing
from entrepot.router.selection import Condition

Variables = Mapping[str, Any]


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

    def estimate(
        self, weight: int | None, variables: Variables, sized: Mapping[str, InheritedSize], *, is_strict: bool
    ) -> int:
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

    def estimate(self, variables: Variables, inherited: InheritedSize | None, *, is_strict: bool) -> int:
        """The cost of the field; `inherited` is the length that fields around it decide, of it or of lists below."""
        if not may_be_asked(self.conditions, variables):
            return 0
        size = self.sizing.estimate(variables, is_strict=is_strict) if self.sizing is not None else self.default_size
        below = self.sizing.sized.spread(size).below if self.sizing is not None else {}
        decides_others = bool(below)
        if inherited is not None:
            below = {**inherited.below, **below}
        if self.inner is None:
            one = self.weight or 0
        else:
            one = self.inner.estimate(self.weight, variables, below, is_strict=is_strict)
        if self.list_depth:
            own = self.default_size if decides_others else size
            outer = None if inherited is None else inherited.size
            one *= (own if outer is None else outer) * self.default_size ** (self.list_depth - 1)
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
