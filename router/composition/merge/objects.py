"""Objects and interfaces: all fields of all subgraphs."""

from __future__ import annotations

from entrepot.router.composition.definitions import NOWHERE, Kind, TypeDefinition
from entrepot.router.composition.merge.fields import merge_field
from entrepot.router.composition.merge.joins import join_application
from entrepot.router.composition.merge.state import MergeState, Source, member_sources, names_of


def merge_fields(state: MergeState, sources: list[Source[TypeDefinition]], target: TypeDefinition) -> None:
    """Fill the fields and interfaces of a merged object or interface."""
    _merge_interfaces(state, sources, target)
    found = member_sources(sources, lambda definition: definition.fields)
    _hint_inconsistent(state, sources, target, list(found))
    for fields in found.values():
        merge_field(state, sources, fields, target)


def _merge_interfaces(state: MergeState, sources: list[Source[TypeDefinition]], target: TypeDefinition) -> None:
    for source in sources:
        for interface in source.element.interfaces:
            target.interfaces[interface] = NOWHERE
            graph = state.graph(source.subgraph)
            target.directives.append(join_application("implements", graph=graph, interface=interface))


def _is_external(source: Source[TypeDefinition]) -> bool:
    """Whether the subgraph only refers to the type, all of whose fields it marks external."""
    fields = source.element.fields.values()
    return bool(fields) and all(source.subgraph.usage.is_external(each) for each in fields)


def _hint_inconsistent(
    state: MergeState, sources: list[Source[TypeDefinition]], target: TypeDefinition, names: list[str]
) -> None:
    if len(sources) == 1 or target.name in state.schema.roots.values():
        return
    keyed = [source for source in sources if source.element.has("key")]
    if target.kind is Kind.OBJECT and keyed:
        unkeyed = [source for source in sources if source not in keyed]
        if unkeyed:
            message = f'"{target.name}" is an entity in {names_of(keyed)} and has no @key in {names_of(unkeyed)}.'
            state.hint("INCONSISTENT_ENTITY", message, target.name)
        return
    if any(source.element.has("interfaceObject") for source in sources):
        return
    is_object = target.kind is Kind.OBJECT
    code = "INCONSISTENT_OBJECT_VALUE_TYPE_FIELD" if is_object else "INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD"
    for name in names:
        lacking = [source for source in sources if name not in source.element.fields and not _is_external(source)]
        if lacking:
            coordinate = f"{target.name}.{name}"
            message = f'"{coordinate}" is missing in {names_of(lacking)}; a value from there has no such field.'
            state.hint(code, message, coordinate)
