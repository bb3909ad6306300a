"""Fields that an `@interfaceObject` adds to an interface reach every implementation of it."""

from __future__ import annotations

import copy

from entrepot.router.composition.definitions import FieldDefinition, Kind, TypeDefinition
from entrepot.router.composition.merge.field_sharing import check_inherited_sharing
from entrepot.router.composition.merge.joins import join_application
from entrepot.router.composition.merge.state import MergeState


def add_interface_object_fields(state: MergeState) -> None:
    """Give implementations the fields that only an `@interfaceObject` of their interface resolves."""
    for interface in state.schema.of_kind(Kind.INTERFACE):
        sources = state.sources_of_type(interface.name)
        objects = [source for source in sources if source.element.has("interfaceObject")]
        for source in objects:
            for name in source.element.fields:
                merged = interface.fields.get(name)
                if merged is None:
                    continue
                for implementation in state.schema.of_kind(Kind.OBJECT):
                    if interface.name in implementation.interfaces and name not in implementation.fields:
                        check_inherited_sharing(state, implementation, name)
                        implementation.fields[name] = _build_field(merged, implementation)


def _build_field(merged: FieldDefinition, implementation: TypeDefinition) -> FieldDefinition:
    added = copy.deepcopy(merged)
    added.parent = implementation.name
    for argument in added.arguments.values():
        argument.coordinate = f"{added.coordinate}({argument.name}:)"
    added.directives = [each for each in added.directives if not each.name.startswith("join__")]
    added.directives.append(join_application("field"))
    return added
