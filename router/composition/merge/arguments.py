"""Arguments of fields and directives: the ones that every subgraph has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from entrepot.router.composition.definitions import DirectiveDefinition, FieldDefinition, InputValue
from entrepot.router.composition.merge.descriptions import merge_description
from entrepot.router.composition.merge.directives import merge_directives
from entrepot.router.composition.merge.state import MergeState, Source, locations_of, names_of
from entrepot.router.composition.merge.types import ARGUMENT, merge_default, merge_type


def merge_arguments(
    state: MergeState,
    sources: Sequence[Source[FieldDefinition]] | Sequence[Source[DirectiveDefinition]],
    coordinate: str,
) -> dict[str, InputValue]:
    """The arguments that all sources have; an optional one that some lack is dropped, a required one is an error."""
    found: dict[str, list[Source[InputValue]]] = {}
    any_sources: Sequence[Source[Any]] = sources
    for source in any_sources:
        for name, argument in source.element.arguments.items():
            found.setdefault(name, []).append(Source(source.subgraph, argument))
    merged: dict[str, InputValue] = {}
    for name, arguments in found.items():
        target = InputValue(name=name, coordinate=f"{coordinate}({name}:)")
        contextual = [each for each in arguments if each.element.has("fromContext")]
        if contextual:
            _check_contextual(state, target, contextual, arguments, any_sources)
            continue
        if len(arguments) < len(any_sources):
            _report_missing(state, target, arguments, any_sources)
            continue
        merged[name] = _merge_argument(state, target, arguments)
    return merged


def _merge_argument(state: MergeState, target: InputValue, sources: list[Source[InputValue]]) -> InputValue:
    merge_description(state, sources, target, target.coordinate)
    merge_directives(state, sources, target, target.coordinate)
    target.type, _ = merge_type(state, sources, target.coordinate, ARGUMENT)
    merge_default(state, sources, target, "FIELD_ARGUMENT_DEFAULT_MISMATCH")
    return target


def _report_missing(
    state: MergeState, target: InputValue, present: list[Source[InputValue]], sources: Sequence[Source[Any]]
) -> None:
    lacking = [source for source in sources if target.name not in source.element.arguments]
    required = [source for source in present if source.element.is_required]
    if required:
        message = (
            f'"{target.coordinate}" is required in {names_of(required)} and missing in {names_of(lacking)}; '
            "add it there, or make it optional."
        )
        state.error("REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH", message, locations_of([*required, *lacking]))
    else:
        message = f'"{target.coordinate}" is missing in {names_of(lacking)}, so the supergraph does not have it.'
        state.hint("INCONSISTENT_ARGUMENT_PRESENCE", message, target.coordinate)


def _check_contextual(
    state: MergeState,
    target: InputValue,
    contextual: list[Source[InputValue]],
    present: list[Source[InputValue]],
    sources: Sequence[Source[Any]],
) -> None:
    """A contextual argument is filled by the router and so never part of the supergraph's API."""
    if len(contextual) == len(sources):
        return
    plain = [source for source in present if source not in contextual]
    code = "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS"
    required = [source for source in plain if source.element.is_required]
    if required:
        message = (
            f'"{target.coordinate}" is filled from a context in {names_of(contextual)} and required in '
            f"{names_of(required)}; use @fromContext there too, or make it optional."
        )
        state.error(code, message, locations_of([*required, *contextual]))
    elif plain:
        message = f'"{target.coordinate}" is filled from a context in some subgraphs only and is dropped.'
        state.hint(code, message, target.coordinate)
