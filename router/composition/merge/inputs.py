"""Input types: the fields that every subgraph has."""

from __future__ import annotations

from entrepot.router.composition.definitions import InputValue, TypeDefinition
from entrepot.router.composition.merge.descriptions import merge_description
from entrepot.router.composition.merge.directives import merge_directives
from entrepot.router.composition.merge.joins import join_application
from entrepot.router.composition.merge.state import MergeState, Source, locations_of, member_sources, names_of
from entrepot.router.composition.merge.types import INPUT_FIELD, merge_default, merge_type


def merge_input_fields(state: MergeState, sources: list[Source[TypeDefinition]], target: TypeDefinition) -> None:
    """Fill the fields of a merged input type; one that some subgraph lacks is dropped."""
    for name, fields in member_sources(sources, lambda definition: definition.input_fields).items():
        lacking = [source for source in sources if name not in source.element.input_fields]
        merged = _merge_field(state, fields, InputValue(name=name, coordinate=f"{target.name}.{name}"), len(sources))
        if lacking:
            _report_missing(state, merged, fields, lacking)
        else:
            target.input_fields[name] = merged
    if not target.input_fields:
        message = f'The subgraphs share no field of the input "{target.name}", so it would be empty; add one to all.'
        state.error("EMPTY_MERGED_INPUT_TYPE", message, locations_of(sources))


def _merge_field(state: MergeState, sources: list[Source[InputValue]], target: InputValue, owners: int) -> InputValue:
    if len(sources) < owners:
        return target
    merge_description(state, sources, target, target.coordinate)
    target.type, is_same = merge_type(state, sources, target.coordinate, INPUT_FIELD)
    merge_directives(state, sources, target, target.coordinate)
    merge_default(state, sources, target, "INPUT_FIELD_DEFAULT_MISMATCH")
    if not is_same:
        for source in sources:
            graph = state.graph(source.subgraph)
            target.directives.append(join_application("field", graph=graph, type=source.element.type))
    return target


def _report_missing(
    state: MergeState,
    merged: InputValue,
    fields: list[Source[InputValue]],
    lacking: list[Source[TypeDefinition]],
) -> None:
    required = [source for source in fields if source.element.is_required]
    if required:
        message = (
            f'"{merged.coordinate}" is required in {names_of(required)} and missing in {names_of(lacking)}; '
            "add it there, or make it optional."
        )
        state.error(
            "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH", message, [*locations_of(required), *locations_of(lacking)]
        )
    else:
        message = f'"{merged.coordinate}" is missing in {names_of(lacking)}, so the supergraph does not have it.'
        state.hint("INCONSISTENT_INPUT_OBJECT_FIELD", message, merged.coordinate)
