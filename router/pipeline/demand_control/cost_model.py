"""Builds the cost of operations from the weights of a supergraph, once per authorized operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from graphql import GraphQLList, GraphQLNonNull, get_named_type, is_abstract_type, is_composite_type

from entrepot.router.config import WeightsConfig
from entrepot.router.operation import NormalizedOperation
from entrepot.router.pipeline.demand_control.argument_costs import (
    ArgumentCost,
    ArgumentValue,
    InputWeights,
    read_argument,
)
from entrepot.router.pipeline.demand_control.cost_tree import Branch, FieldCost, OperationCost, SelectionsCost
from entrepot.router.pipeline.demand_control.introspection_cost import (
    ROOT_FIELDS,
    IntrospectionCost,
    IntrospectionSizes,
)
from entrepot.router.pipeline.demand_control.list_sizes import Sizing, build_sizing
from entrepot.router.selection import Condition, Field, InlineFragment, SelectionSet, split_directives
from entrepot.router.supergraph import Supergraph

_TYPE_NAME: Final = "__typename"
Placed = tuple[Field, tuple[Condition, ...]]


class CostModel:
    """The weights of a supergraph, with the configured ones where it has none (cost directive specification).

    The weight of a field stands in for that of what it returns, and counts once for each entry of a list. An object of
    an abstract type is estimated as the most expensive of its possible types. Introspection costs by the
    values of its answer.
    """

    def __init__(self, supergraph: Supergraph, weights: WeightsConfig) -> None:
        self._schema = supergraph.api_schema
        self._demand = supergraph.demand
        self._weights = weights
        self._inputs = InputWeights(supergraph.demand, weights)
        self.introspection = IntrospectionSizes(self._schema)

    def build_cost(self, operation: NormalizedOperation) -> OperationCost:
        """What the operation costs, to be asked with the variables of each request."""
        root = getattr(self._schema, f"{operation.kind}_type")
        base = self._weights.operations.get(operation.kind, 0)
        builder = _Builder(self)
        built = builder.selections(operation.selections, root)
        return OperationCost(base, built, tuple(sorted(builder.variables)))

    def weight_of_type(self, name: str, *, is_composite: bool) -> int:
        default = self._weights.composite if is_composite else self._weights.leaf
        return self._demand.types.get(name, default)

    def weight_of_field(self, type_name: str, name: str) -> int | None:
        return self._demand.fields.get((type_name, name))

    def possible_types(self, kind: Any) -> list[Any]:
        return list(self._schema.get_possible_types(kind)) if is_abstract_type(kind) else [kind]

    def is_within(self, name: str, condition: str | None) -> bool:
        """Whether objects of the type of a name meet a type condition."""
        if condition is None or condition == name:
            return True
        kind = self._schema.type_map[condition]
        return is_abstract_type(kind) and self._schema.is_sub_type(kind, self._schema.type_map[name])

    def build_arguments(self, field: Field, type_name: str, definition: Any) -> Iterator[ArgumentCost]:
        """Those arguments of a field that can cost anything."""
        for argument in split_directives(field.arguments)[0]:
            kind = definition.args[argument.name].type
            weight = self._demand.arguments.get((type_name, field.name, argument.name))
            if not self._inputs.is_free(kind, weight):
                yield ArgumentCost(read_argument(argument), kind, weight, self._inputs)

    def build_sizing(self, field: Field, type_name: str, definition: Any) -> Sizing | None:
        """How the length of the field's list, or of lists below it, is determined."""
        declared = self._demand.list_sizes.get((type_name, field.name))
        if declared is None:
            return None
        given = {argument.name: argument for argument in field.arguments}
        return build_sizing(f"{type_name}.{field.name}", declared, definition, given, self._weights.list_size)

    @property
    def default_size(self) -> int:
        return self._weights.list_size


class _Builder:
    """The walk over one operation; what lies below a field is built once for each type that it returns."""

    def __init__(self, model: CostModel) -> None:
        self._model = model
        self._inner: dict[tuple[int, str], SelectionsCost] = {}
        self._fields: dict[tuple[int, tuple[Condition, ...], str], FieldCost] = {}
        self.variables: set[str] = set()

    def selections(self, selections: SelectionSet, kind: Any) -> SelectionsCost:
        known = self._inner.get((id(selections), kind.name))
        if known is not None:
            return known
        built = self._inner[id(selections), kind.name] = SelectionsCost()
        shared: dict[tuple[int, tuple[int, ...]], Branch] = {}
        for possible in self._model.possible_types(kind):
            placed = list(self._collect(selections, possible.name, ()))
            built.type_key = next(
                (field.response_key for field, _ in placed if field.name == _TYPE_NAME), built.type_key
            )
            fields = tuple(
                self._introspection(field, conditions)
                if field.name in ROOT_FIELDS
                else self._field(field, conditions, possible)
                for field, conditions in placed
                if field.name != _TYPE_NAME
            )
            weight = self._model.weight_of_type(possible.name, is_composite=True)
            # Types that cost the same share a branch, so that many of them are estimated once.
            key = (weight, tuple(map(id, fields)))
            built.branches[possible.name] = shared.setdefault(key, Branch(weight, fields))
        return built

    def _collect(self, selections: Iterable[Any], name: str, conditions: tuple[Condition, ...]) -> Iterator[Placed]:
        for selection in selections:
            held = (*conditions, *selection.conditions)
            if not isinstance(selection, InlineFragment):
                yield selection, held
            elif self._model.is_within(name, selection.type_condition):
                yield from self._collect(selection.selections, name, held)

    def _introspection(self, field: Field, conditions: tuple[Condition, ...]) -> IntrospectionCost:
        self.variables |= {condition.variable for condition in conditions if not condition.is_deferral}
        weight = self._model.introspection.estimate(field)
        return IntrospectionCost(field.name, field.response_key, conditions, weight)

    def _field(self, field: Field, conditions: tuple[Condition, ...], kind: Any) -> FieldCost:
        model = self._model
        definition = kind.fields[field.name]
        key = (id(field), conditions, self._tell_apart(field, kind, definition))
        known = self._fields.get(key)
        if known is not None:
            return known
        returned: Any = get_named_type(definition.type)
        weight = model.weight_of_field(kind.name, field.name)
        inner = None
        if is_composite_type(returned):
            inner = self.selections(field.selections, returned)
        elif weight is None:
            weight = model.weight_of_type(returned.name, is_composite=False)
        sizing = model.build_sizing(field, kind.name, definition)
        arguments = tuple(model.build_arguments(field, kind.name, definition))
        built = FieldCost(
            name=field.name,
            key=field.response_key,
            conditions=conditions,
            weight=weight,
            list_depth=_count_lists(definition.type),
            default_size=model.default_size,
            sizing=sizing,
            arguments=arguments,
            inner=inner,
        )
        values: list[ArgumentValue | None] = [argument.value for argument in arguments]
        values += [argument.value for argument in sizing.arguments] if sizing is not None else []
        self.variables |= {name for value in values if value is not None for name in value.variables}
        self.variables |= {condition.variable for condition in conditions if not condition.is_deferral}
        self._fields[key] = built
        return built

    def _tell_apart(self, field: Field, kind: Any, definition: Any) -> str:
        """Equal for types in which the field costs the same: its type, where nothing is declared of its own."""
        model = self._model
        is_plain = (
            model.weight_of_field(kind.name, field.name) is None
            and model.build_sizing(field, kind.name, definition) is None
            and not any(True for _ in model.build_arguments(field, kind.name, definition))
        )
        return f"= {definition.type}" if is_plain else kind.name


def _count_lists(kind: Any) -> int:
    count = 0
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        count += isinstance(kind, GraphQLList)
        kind = kind.of_type
    return count
