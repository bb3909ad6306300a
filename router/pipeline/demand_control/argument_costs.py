"""The cost of arguments: the weights of given values, input objects at any depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_named_type,
    parse_value,
    value_from_ast_untyped,
)
from graphql.language import ValueNode

from entrepot.router.config import WeightsConfig
from entrepot.router.selection import Argument
from entrepot.router.supergraph import Demand

_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class ArgumentValue:
    """The value of an argument, read from its literal and the variables of a request."""

    node: ValueNode
    variables: frozenset[str]

    def read(self, variables: Mapping[str, Any]) -> Any:
        """The value; Undefined when it is a variable that the request leaves out."""
        return value_from_ast_untyped(self.node, dict(variables) if self.variables else None)


@dataclass(frozen=True, slots=True)
class ArgumentCost:
    """What one argument costs; `weight` is that of its own `@cost`, None without one."""

    value: ArgumentValue
    kind: GraphQLInputType
    weight: int | None
    inputs: InputWeights

    def estimate(self, variables: Mapping[str, Any]) -> int:
        return self.inputs.cost_of(self.value.read(variables), self.kind, self.weight)


class InputWeights:
    """Looks up what values of input types cost."""

    def __init__(self, demand: Demand, weights: WeightsConfig) -> None:
        self._demand = demand
        self._weights = weights
        self._free: dict[str, bool] = {}

    def cost_of(self, value: Any, kind: GraphQLInputType, weight: int | None) -> int:
        """The cost of a value; each entry of a list costs by itself, and what is null or left out nothing."""
        if value is None or value is Undefined:
            return 0
        if isinstance(kind, GraphQLNonNull):
            return self.cost_of(value, kind.of_type, weight)
        if isinstance(kind, GraphQLList):
            # One value stands for a list of one (GraphQL section 3.11).
            entries = value if isinstance(value, list) else [value]
            return sum(self.cost_of(entry, kind.of_type, weight) for entry in entries)
        own = self._weight_of(kind) if weight is None else weight
        if not isinstance(kind, GraphQLInputObjectType) or not isinstance(value, dict):
            return own
        fields, declared = kind.fields, self._demand.input_fields
        return own + sum(
            self.cost_of(item, fields[name].type, declared.get((kind.name, name)))
            for name, item in value.items()
            if name in fields
        )

    def is_free(self, kind: GraphQLInputType, weight: int | None) -> bool:
        """Whether no value of the type costs anything."""
        named: Any = get_named_type(kind)
        if weight or (weight is None and self._weight_of(named)):
            return False
        if not isinstance(named, GraphQLInputObjectType):
            return True
        if named.name not in self._free:
            # Free until found otherwise, so that input types which hold each other end.
            self._free[named.name] = True
            declared = self._demand.input_fields
            self._free[named.name] = all(
                self.is_free(item.type, declared.get((named.name, name))) for name, item in named.fields.items()
            )
        return self._free[named.name]

    def _weight_of(self, kind: Any) -> int:
        default = self._weights.input_object if isinstance(kind, GraphQLInputObjectType) else self._weights.input_leaf
        return self._demand.types.get(kind.name, default)


def read_argument(argument: Argument) -> ArgumentValue:
    """The value that a normalized argument has in each request."""
    return ArgumentValue(parse_value(argument.value), argument.variables)


def read_default(node: ValueNode | None) -> Any:
    """What an argument is when it is not given."""
    return Undefined if node is None else value_from_ast_untyped(node, None)
