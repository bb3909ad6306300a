"""What introspection costs: the values of its answer, estimated by the size of the schema."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from weakref import WeakKeyDictionary

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    introspection_types,
    is_abstract_type,
    is_composite_type,
    is_interface_type,
)
from graphql.type import SchemaMetaFieldDef, TypeMetaFieldDef

from entrepot.router.selection import Condition, Field, InlineFragment, SelectionSet

ROOT_FIELDS: Final = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
VALUES_PER_UNIT: Final = 100
"""Values of introspection that cost as much as one object of a subgraph."""

_known: WeakKeyDictionary[GraphQLSchema, dict[tuple[str, str], float]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class IntrospectionCost:
    """The cost of `__schema` or `__type`; it counts in the answer as it was estimated."""

    name: str
    key: str
    conditions: tuple[Condition, ...]
    weight: int

    def estimate(self, variables: Mapping[str, Any], _inherited_size: int | None, *, is_strict: bool) -> int:  # noqa: ARG002 - as for other fields
        """The cost of the field where its conditions hold."""
        is_asked = all(
            condition.is_deferral or variables.get(condition.variable) is condition.expected
            for condition in self.conditions
        )
        return self.weight if is_asked else 0

    def count(self, _value: Any, _variables: Mapping[str, Any]) -> int:
        """The cost of the field where it was answered."""
        return self.weight


class IntrospectionSizes:
    """How long the lists of introspection are on average, over the types of one schema that have them."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema

    def estimate(self, field: Field) -> int:
        """What a root field of introspection costs, as if all conditions below it held."""
        definition: Any = ROOT_FIELDS[field.name]
        values = 1.0 + self._count(field.selections, get_named_type(definition.type))
        return math.ceil(values / VALUES_PER_UNIT)

    def _count(self, selections: SelectionSet, kind: Any) -> float:
        values = 0.0
        for selection in selections:
            if isinstance(selection, InlineFragment):
                values += self._count(selection.selections, kind)
                continue
            values += 1
            if selection.name.startswith("__"):
                continue
            size = self._sizes.get((kind.name, selection.name), 1.0)
            returned: Any = get_named_type(kind.fields[selection.name].type)
            if returned.name in introspection_types and is_composite_type(returned):
                values += size * (1 + self._count(selection.selections, returned))
        return values

    @cached_property
    def _sizes(self) -> dict[tuple[str, str], float]:
        found = _known.get(self._schema)
        if found is None:
            found = _known[self._schema] = self._measure()
        return found

    def _measure(self) -> dict[tuple[str, str], float]:
        types = list(self._schema.type_map.values())
        composite = [kind for kind in types if isinstance(kind, GraphQLObjectType) or is_interface_type(kind)]
        fields = [field for kind in composite for field in kind.fields.values()]
        inputs = [kind for kind in types if isinstance(kind, GraphQLInputObjectType)]
        enums = [kind for kind in types if isinstance(kind, GraphQLEnumType)]
        abstract = [kind for kind in types if is_abstract_type(kind)]
        return {
            ("__Schema", "types"): len(types),
            ("__Schema", "directives"): len(self._schema.directives),
            ("__Directive", "args"): _average(len(each.args) for each in self._schema.directives),
            ("__Type", "fields"): _average(len(each.fields) for each in composite),
            ("__Type", "inputFields"): _average(len(each.fields) for each in inputs),
            ("__Type", "enumValues"): _average(len(each.values) for each in enums),
            ("__Type", "interfaces"): _average(len(each.interfaces) for each in composite),
            ("__Type", "possibleTypes"): _average(len(self._schema.get_possible_types(each)) for each in abstract),
            ("__Field", "args"): _average(len(each.args) for each in fields),
        }


def _average(sizes: Iterable[int]) -> float:
    """The average of those that are not 0."""
    known = [size for size in sizes if size]
    return sum(known) / len(known) if known else 0.0
