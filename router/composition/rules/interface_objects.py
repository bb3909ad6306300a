"""`@interfaceObject`: on entities only."""

from __future__ import annotations

from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.rules.field_sets import located
from entrepot.router.composition.subgraph import Subgraph


def check_interface_objects(subgraph: Subgraph) -> list[CompositionError]:
    """Report interface objects without a key, which no other subgraph could turn into an implementation."""
    return [
        located(
            "INTERFACE_OBJECT_USAGE_ERROR",
            f'"{definition.name}" is an @interfaceObject without a @key in "{subgraph.name}"; give it the key '
            "of the interface.",
            definition.location,
        )
        for definition in subgraph.schema.composite_types()
        if definition.has("interfaceObject") and not definition.has("key")
    ]
