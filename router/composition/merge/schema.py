"""The merge as a story: every definition of every subgraph becomes one of the supergraph."""

from __future__ import annotations

from collections.abc import Callable

from entrepot.router.composition.definitions import ROOT_KINDS, AppliedDirective, Kind, TypeDefinition
from entrepot.router.composition.merge.authorization import propagate_authorization
from entrepot.router.composition.merge.contexts import merge_contexts
from entrepot.router.composition.merge.definitions import merge_directive_definitions
from entrepot.router.composition.merge.descriptions import merge_description
from entrepot.router.composition.merge.directives import add_merged, merge_directives, supergraph_name
from entrepot.router.composition.merge.enums import merge_enum_values
from entrepot.router.composition.merge.inputs import merge_input_fields
from entrepot.router.composition.merge.interface_objects import add_interface_object_fields
from entrepot.router.composition.merge.joins import join_types
from entrepot.router.composition.merge.objects import merge_fields
from entrepot.router.composition.merge.state import MergeState, Source, locations_of, names_of
from entrepot.router.composition.merge.unions import merge_members
from entrepot.router.composition.subgraph import Subgraph

PartsMerger = Callable[[MergeState, list[Source[TypeDefinition]], TypeDefinition], None]


def merge_schemas(state: MergeState) -> None:
    """Fill `state.schema` with the supergraph (composition rules; join specification v0.3 to v0.5)."""
    for kind in ROOT_KINDS:
        if any(kind in subgraph.schema.roots for subgraph in state.subgraphs):
            state.schema.roots[kind] = kind.capitalize()
    _merge_schema_applications(state)
    names = sorted({name for subgraph in state.subgraphs for name in subgraph.schema.types})
    for name in names:
        _merge_type(state, name)
    merge_directive_definitions(state)
    add_interface_object_fields(state)
    propagate_authorization(state)
    merge_enum_values(state)
    query = state.schema.types.get("Query")
    if query is None or not query.fields:
        message = "No subgraph has a query root with fields; add a field to `type Query` in one of them."
        state.error("NO_QUERIES", message)


def _merge_type(state: MergeState, name: str) -> None:
    sources = state.sources_of_type(name)
    _check_base(state, name, sources)
    kinds = {_merged_kind(source.element) for source in sources}
    if len(kinds) > 1:
        listed = names_of(sources, lambda definition: f'"{definition.kind}"')
        message = f'"{name}" is {listed}; one name stands for one kind of type, so rename one of them.'
        state.error("TYPE_KIND_MISMATCH", message, locations_of(sources))
        return
    target = TypeDefinition(name=name, kind=kinds.pop())
    target.directives += join_types(state, sources)
    state.schema.types[name] = target
    merge_description(state, sources, target, name)
    merge_directives(state, sources, target, name)
    merge_contexts(state, sources, target)
    merge_parts = _PARTS.get(target.kind)
    if merge_parts is not None:
        merge_parts(state, sources, target)


def _check_base(state: MergeState, name: str, sources: list[Source[TypeDefinition]]) -> None:
    """A type must be defined somewhere: extensions and interface objects only add to it."""
    if all(source.element.is_extension for source in sources) and name not in state.schema.roots.values():
        message = f'"{name}" is only extended, in {names_of(sources)}; write "type {name}" in one subgraph at least.'
        state.error("EXTENSION_WITH_NO_BASE", message, locations_of(sources))
    if all(source.element.has("interfaceObject") for source in sources):
        message = f'"{name}" is an @interfaceObject in all of {names_of(sources)}; define the interface in one.'
        state.error("INTERFACE_OBJECT_USAGE_ERROR", message, locations_of(sources))


def _merged_kind(definition: TypeDefinition) -> Kind:
    return Kind.INTERFACE if definition.has("interfaceObject") else definition.kind


def _merge_schema_applications(state: MergeState) -> None:
    """Carry the description and the composed and standard directives of the schema itself, such as `@tag`."""
    holder = TypeDefinition(name="schema")
    described = [
        Source(each, TypeDefinition(name="schema", description=each.schema.description)) for each in state.subgraphs
    ]
    merge_description(state, described, holder, "schema")
    state.schema.description = holder.description
    found: dict[str, list[tuple[Subgraph | None, AppliedDirective]]] = {}
    for subgraph in state.subgraphs:
        for application in subgraph.schema.applied:
            name = supergraph_name(state, subgraph, application, "SCHEMA")
            if name is not None:
                found.setdefault(name, []).append((subgraph, application))
    for name, applications in found.items():
        add_merged(state, name, applications, holder, "schema")
    state.schema.applied += holder.directives


_PARTS: dict[Kind, PartsMerger] = {
    Kind.OBJECT: merge_fields,
    Kind.INTERFACE: merge_fields,
    Kind.UNION: merge_members,
    Kind.INPUT: merge_input_fields,
}
