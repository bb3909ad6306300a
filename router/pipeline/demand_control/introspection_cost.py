"""What introspection costs: the values of its answer, estimated by the size of the schema."""

from __future__ import annotations

import math
from collections.abc import Mapping
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
VALUES_PER_UNIT: Final = 25
"""Values of introspection that cost as much as one object of a subgraph."""
_WRAPPED: Final = 0.6
"""How many types are lists or non-null, of those that are met at a field, an argument or in another such type."""

_known: WeakKeyDictionary[GraphQLSchema, dict[tuple[str, str], float]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class IntrospectionCost:
    """The cost of `__schema` or `__type`; it counts in the answer as it was estimated."""

    name: str
    key: str
    conditions: tuple[Condition, ...]
    weight: int

    def estimate(self, variables: Mapping[str, Any], _inherited: object, *, is_strict: bool) -> int:  # noqa: ARG002 - as for other fields
        """The cost of the field where its conditions hold."""
        return self.weight if may_be_asked(self.conditions, variables) else 0

    def count(self, _value: Any, _variables: Mapping[str, Any]) -> int:
        """The cost of the field where it was answered."""
        return self.weight


def may_be_asked(conditions: tuple[Condition, ...], variables: Mapping[str, Any]) -> bool:
    """Whether the conditions of a field hold; one that is only deferred is asked all the same."""
    return all(
        condition.is_deferral or variables.get(condition.variable) is condition.expected for condition in conditions
    )


class IntrospectionSizes:
    """How long the lists of introspection are on average over all types of one schema."""

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
        directives = self._schema.directives
        abstract = [kind for kind in types if is_abstract_type(kind)]
        return {
            ("__Schema", "types"): len(types),
            ("__Schema", "directives"): len(directives),
            ("__Directive", "args"): sum(len(each.args) for each in directives) / max(1, len(directives)),
            ("__Type", "fields"): len(fields) / len(types),
            ("__Type", "inputFields"): sum(len(each.fields) for each in inputs) / len(types),
            ("__Type", "enumValues"): sum(len(each.values) for each in enums) / len(types),
            ("__Type", "interfaces"): sum(len(each.interfaces) for each in composite) / len(types),
            ("__Type", "possibleTypes"): sum(map(len, map(self._schema.get_possible_types, abstract))) / len(types),
            ("__Type", "ofType"): _WRAPPED,
            ("__Field", "args"): sum(len(field.args) for field in fields) / max(1, len(fields)),
        }
