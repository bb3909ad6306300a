"""`@requires`: on fields of objects, selecting what other subgraphs resolve."""

from __future__ import annotations

from entrepot.router.composition.definitions import Kind
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.rules.field_sets import REQUIRES_RULE, check_field_set, located
from entrepot.router.composition.subgraph import Subgraph


def check_requires(subgraph: Subgraph) -> list[CompositionError]:
    """Report requirements that cannot be used (federation subgraph specification, @requires)."""
    errors: list[CompositionError] = []
    for definition in subgraph.schema.composite_types():
        for each in definition.fields.values():
            for application in each.applied("requires"):
                if definition.kind is Kind.INTERFACE:
                    message = f'@requires on the interface field "{each.coordinate}" is not supported; remove it.'
                    errors.append(located("REQUIRES_UNSUPPORTED_ON_INTERFACE", message, application.location))
                errors += check_field_set(subgraph, REQUIRES_RULE, application, definition.name, each.coordinate)
    return errors
