"""Fields that an `@interfaceObject` adds to an interface reach every implementation of it."""

from __future__ import annotations

import copy

from entrepot.router.composition.definitions import FieldDefinition, Kind, TypeDefinition
from entrepot.router.composition.merge.externals import check_externals
from entrepot.router.composition.merge.field_sharing import check_inherited_sharing
from entrepot.router.composition.merge.fields import join_fields
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
                        implementation.fields[name] = _add_field(state, merged, implementation)


def _add_field(state: MergeState, merged: FieldDefinition, implementation: TypeDefinition) -> FieldDefinition:
    added = _build_field(merged, implementation)
    known = state.inherited.get(added.coordinate)
    if known is None:
        check_inherited_sharing(state, implementation, merged.name)
        added.directives.append(join_application("field"))
        return added
    # Where the interface may be null, so may this; a narrower external type is only what its own subgraph expects.
    is_same_type = all(source.element.type == added.type for source in known.sources)
    check_externals(state, known.sources, added, is_same_type=False)
    added.directives += join_fields(state, known.owners, known.sources, known.overrides, is_same_type=is_same_type)
    return added


def _build_field(merged: FieldDefinition, implementation: TypeDefinition) -> FieldDefinition:
    added = copy.deepcopy(merged)
    added.parent = implementation.name
    for argument in added.arguments.values():
        argument.coordinate = f"{added.coordinate}({argument.name}:)"
    added.directives = [each for each in added.directives if not each.name.startswith("join__")]
    return added
