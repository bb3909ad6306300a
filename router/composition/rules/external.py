"""`@external`: on fields of objects, and only where something uses the field."""

from __future__ import annotations

from entrepot.router.composition.definitions import Kind
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.rules.field_sets import located
from entrepot.router.composition.subgraph import Subgraph


def check_external(subgraph: Subgraph) -> list[CompositionError]:
    """Report external fields on interfaces, and those that nothing in the subgraph uses."""
    if subgraph.is_federation_1:
        return []
    errors: list[CompositionError] = []
    usage = subgraph.usage
    for definition in subgraph.schema.composite_types():
        for each in definition.fields.values():
            if definition.kind is Kind.INTERFACE and usage.is_external(each):
                message = f'The interface field "{each.coordinate}" cannot be @external; mark its implementations.'
                errors.append(located("EXTERNAL_ON_INTERFACE", message, each.location))
            if usage.is_external(each) and each.coordinate not in usage.used_fields:
                message = (
                    f'"{each.coordinate}" is @external in "{subgraph.name}" and no @key, @requires or @provides there '
                    "uses it; remove the field, or the @external if the subgraph resolves it."
                )
                errors.append(located("EXTERNAL_UNUSED", message, each.location))
    return errors
