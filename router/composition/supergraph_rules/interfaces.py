"""Interfaces in the supergraph: every implementation has their fields, and those with keys know all implementations."""

from __future__ import annotations

from entrepot.router.composition.definitions import Kind
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.merge import MergeState
from entrepot.router.federation.keys import parse_key


def check_interface_fields(state: MergeState) -> list[CompositionError]:
    """Report implementations that lack a field which some subgraph's interface has."""
    errors = []
    for definition in state.schema.composite_types():
        for name in definition.interfaces:
            interface = state.schema.types.get(name)
            if interface is None or interface.kind is not Kind.INTERFACE:
                continue
            for each in interface.fields.values():
                if each.name in definition.fields:
                    continue
                owners = ", ".join(
                    f'"{source.subgraph.name}"'
                    for source in state.sources_of_type(name)
                    if each.name in source.element.fields
                )
                message = (
                    f'The interface "{name}" has the field "{each.name}" in {owners}, and its implementation '
                    f'"{definition.name}" has it nowhere; add it to "{definition.name}".'
                )
                places = state.places(definition.name, each.coordinate)
                errors.append(CompositionError("INTERFACE_FIELD_NO_IMPLEM", message, places))
    return errors


def check_interface_keys(state: MergeState) -> list[CompositionError]:
    """Report subgraphs that resolve an interface by key without knowing all its implementations."""
    errors = []
    for interface in state.schema.of_kind(Kind.INTERFACE):
        everywhere = state.schema.runtime_types(interface.name)
        for source in state.sources_of_type(interface.name):
            definition, subgraph = source.element, source.subgraph
            is_entered = any(parse_key(each.arguments).is_resolvable for each in definition.applied("key"))
            if definition.kind is not Kind.INTERFACE or not is_entered:
                continue
            missing = everywhere - subgraph.schema.runtime_types(interface.name)
            if missing:
                listed = ", ".join(f'"{name}"' for name in sorted(missing))
                message = (
                    f'"{subgraph.name}" has a resolvable @key on the interface "{interface.name}" and so must define '
                    f"all its implementations; add {listed} there."
                )
                places = (definition.location, *state.places(*sorted(missing)))
                errors.append(CompositionError("INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE", message, places))
    return errors


def check_interface_objects(state: MergeState) -> list[CompositionError]:
    """Report interface objects that stand beside implementations of their interface."""
    errors = []
    for interface in state.schema.of_kind(Kind.INTERFACE):
        sources = state.sources_of_type(interface.name)
        objects = [source for source in sources if source.element.has("interfaceObject")]
        implementations = state.schema.runtime_types(interface.name)
        for source in objects:
            known = sorted(implementations & source.subgraph.schema.types.keys())
            if known:
                listed = ", ".join(f'"{name}"' for name in known)
                message = (
                    f'"{interface.name}" is an @interfaceObject in "{source.subgraph.name}", which therefore must not '
                    f"define its implementations; remove {listed} there."
                )
                types = [source.subgraph.schema.types[name].location for name in known]
                places = (source.element.location, *types)
                errors.append(CompositionError("INTERFACE_OBJECT_USAGE_ERROR", message, places))
    return errors
