"""`@provides`: on fields of objects that return something with fields."""

from __future__ import annotations

from entrepot.router.composition.definitions import Kind
from entrepot.router.composition.errors import CompositionError, SubgraphUnreadable
from entrepot.router.composition.rules.field_sets import PROVIDES_RULE, check_field_set, located
from entrepot.router.composition.subgraph import Subgraph
from entrepot.router.composition.type_references import named_type


def check_provides(subgraph: Subgraph) -> list[CompositionError]:
    """Report provisions that cannot be used (federation subgraph specification, @provides).

    Raises `SubgraphUnreadable` where there is no selection to check: on a leaf and on an external field.
    """
    errors: list[CompositionError] = []
    for definition in subgraph.schema.composite_types():
        for each in definition.fields.values():
            for application in each.applied("provides"):
                if subgraph.usage.is_external(each):
                    message = f'"{each.coordinate}" is both @provides and @external; remove one of them.'
                    code = "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE"
                    raise SubgraphUnreadable([located(code, message, application.location)])
                returned = subgraph.schema.types.get(named_type(each.type))
                if returned is None or returned.kind not in (Kind.OBJECT, Kind.INTERFACE, Kind.UNION):
                    message = f'@provides on "{each.coordinate}" stands on a "{each.type}" without fields; remove it.'
                    code = "PROVIDES_ON_NON_OBJECT_FIELD"
                    raise SubgraphUnreadable([located(code, message, application.location)])
                if definition.kind is Kind.INTERFACE:
                    message = f'@provides on the interface field "{each.coordinate}" is not supported; remove it.'
                    errors.append(located("PROVIDES_UNSUPPORTED_ON_INTERFACE", message, application.location))
                errors += check_field_set(subgraph, PROVIDES_RULE, application, returned.name, each.coordinate)
    return errors
