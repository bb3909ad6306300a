"""Fields of objects and interfaces: merged type and arguments, and who resolves them."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.router.composition.definitions import AppliedDirective, FieldDefinition, TypeDefinition
from entrepot.router.composition.merge.arguments import merge_arguments
from entrepot.router.composition.merge.contexts import context_arguments
from entrepot.router.composition.merge.descriptions import merge_description
from entrepot.router.composition.merge.directives import merge_directives, supergraph_name
from entrepot.router.composition.merge.externals import check_externals
from entrepot.router.composition.merge.field_sharing import check_sharing, is_added_to
from entrepot.router.composition.merge.joins import join_application
from entrepot.router.composition.merge.list_sizes import drop_missing_slices
from entrepot.router.composition.merge.overrides import resolve_overrides
from entrepot.router.composition.merge.state import InheritedField, MergeState, OverrideResult, Source, locations_of
from entrepot.router.composition.merge.types import OUTPUT_FIELD, merge_type
from entrepot.router.federation.provides import parse_provides
from entrepot.router.federation.requires import parse_requires

Sources = Sequence[Source[FieldDefinition]]


def merge_field(
    state: MergeState,
    owners: Sequence[Source[TypeDefinition]],
    sources: Sequence[Source[FieldDefinition]],
    target: TypeDefinition,
) -> None:
    """Add one field, with its `@join__field` applications, to the merged object or interface."""
    name = sources[0].element.name
    merged = FieldDefinition(name=name, parent=target.name)
    coordinate = merged.coordinate
    external = [source for source in sources if source.subgraph.usage.is_external(source.element)]
    resolved = [source for source in sources if source not in external]
    overrides = resolve_overrides(state, sources, coordinate)
    check_sharing(state, target, sources, overrides, coordinate)
    if not resolved and is_added_to(state, target, name, sources):
        _refuse_directives_on_external(state, external, coordinate)
        state.inherited[coordinate] = InheritedField(tuple(owners), tuple(sources), overrides)
        return
    if not resolved:
        message = (
            f'"{coordinate}" is @external in every subgraph that has it, so none resolves it; '
            "remove @external where it is resolved."
        )
        state.error("EXTERNAL_MISSING_ON_BASE", message, locations_of(external))
        return
    _refuse_directives_on_external(state, external, coordinate)
    merge_description(state, resolved, merged, coordinate)
    merge_directives(state, resolved, merged, coordinate)
    merged.arguments = merge_arguments(state, resolved, coordinate)
    drop_missing_slices(merged)
    merged.type, is_same_type = merge_type(state, resolved, coordinate, OUTPUT_FIELD)
    check_externals(state, external, merged, is_same_type=is_same_type)
    merged.directives += join_fields(state, owners, sources, overrides, is_same_type=is_same_type)
    target.fields[name] = merged


def _refuse_directives_on_external(state: MergeState, external: Sources, coordinate: str) -> None:
    for source in external:
        for application in source.element.directives:
            if supergraph_name(state, source.subgraph, application, "FIELD_DEFINITION") is not None:
                message = (
                    f'"@{application.name}" on the @external field "{coordinate}" in "{source.subgraph.name}" '
                    "has no effect; put it where the field is resolved."
                )
                state.error("MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL", message, [application.location])


def join_fields(
    state: MergeState,
    owners: Sequence[Source[TypeDefinition]],
    sources: Sources,
    overrides: OverrideResult,
    *,
    is_same_type: bool,
) -> list[AppliedDirective]:
    """One `@join__field` a resolving subgraph; none at all when all owners have the field in the same plain way."""
    applications = [
        _join_field(state, source, overrides, is_same_type=is_same_type)
        for source in sources
        if not overrides.is_dropped(source.subgraph.name)
    ]
    is_plain = (
        len(sources) == len(owners)
        and not (overrides.used or overrides.unused or overrides.labels)
        and all(set(application.arguments) <= {"graph", "override"} for application in applications)
    )
    return [] if is_plain else applications


def _join_field(
    state: MergeState, source: Source[FieldDefinition], overrides: OverrideResult, *, is_same_type: bool
) -> AppliedDirective:
    element, subgraph = source.element, source.subgraph
    requires = [parse_requires(each.arguments) for each in element.applied("requires")]
    provides = [parse_provides(each.arguments) for each in element.applied("provides")]
    override = element.applied("override")
    is_external = subgraph.usage.is_external(element)
    return join_application(
        "field",
        graph=state.graph(subgraph),
        requires=requires[0] if requires else None,
        provides=provides[0] if provides else None,
        type=None if is_same_type else element.type,
        external=True if is_external else None,
        override=override[0].arguments.get("from") if override else None,
        usedOverridden=True if subgraph.name in overrides.used else None,
        overrideLabel=overrides.labels.get(subgraph.name),
        contextArguments=context_arguments(source),
    )
