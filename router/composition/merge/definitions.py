"""Directive definitions: executable ones that all subgraphs have, and those that are composed."""

from __future__ import annotations

from entrepot.router.composition.definitions import BUILT_IN_DIRECTIVES, DirectiveDefinition
from entrepot.router.composition.merge.arguments import merge_arguments
from entrepot.router.composition.merge.descriptions import merge_description
from entrepot.router.composition.merge.state import MergeState, Source, names_of

EXECUTABLE_LOCATIONS = frozenset(
    {
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION",
    }
)


def merge_directive_definitions(state: MergeState) -> None:
    """Define in the supergraph what clients and composed applications may use."""
    for name, composed in state.composed.by_name.items():
        state.schema.directives[name] = DirectiveDefinition(
            name=name,
            description=composed.definition.description,
            arguments=composed.definition.arguments,
            locations=composed.definition.locations,
            is_repeatable=composed.definition.is_repeatable,
        )
    names = dict.fromkeys(
        name
        for subgraph in state.subgraphs
        for name, definition in subgraph.schema.directives.items()
        if EXECUTABLE_LOCATIONS & set(definition.locations) and name not in BUILT_IN_DIRECTIVES
    )
    for name in names:
        if name not in state.composed.by_name:
            _merge_executable(state, name)


def _merge_executable(state: MergeState, name: str) -> None:
    having = [
        Source(subgraph, subgraph.schema.directives[name])
        for subgraph in state.subgraphs
        if name in subgraph.schema.directives
    ]
    lacking = [subgraph.name for subgraph in state.subgraphs if name not in subgraph.schema.directives]
    if lacking:
        listed = ", ".join(f'"{each}"' for each in lacking)
        message = f'"@{name}" is not defined in {listed}; only a directive that every subgraph knows reaches clients.'
        state.hint("INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE", message, f"@{name}")
        return
    locations = _common_locations(state, name, having)
    if not locations:
        return
    repeatable = {source.element.is_repeatable for source in having}
    if len(repeatable) > 1:
        message = f'"@{name}" is repeatable in some subgraphs only; the supergraph does not let it repeat.'
        state.hint("INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE", message, f"@{name}")
    merged = DirectiveDefinition(name=name, locations=locations, is_repeatable=repeatable == {True})
    merge_description(state, having, merged, f"@{name}")
    merged.arguments = merge_arguments(state, having, f"@{name}")
    state.schema.directives[name] = merged


def _common_locations(state: MergeState, name: str, having: list[Source[DirectiveDefinition]]) -> tuple[str, ...]:
    each_set = [EXECUTABLE_LOCATIONS & set(source.element.locations) for source in having]
    common = frozenset.intersection(*each_set)
    if not common:
        message = f'"@{name}" has no location that {names_of(having)} share; the supergraph does not have it.'
        state.hint("NO_EXECUTABLE_DIRECTIVE_INTERSECTION", message, f"@{name}")
    elif any(each != common for each in each_set):
        message = f'"@{name}" has different locations; the supergraph has those that all subgraphs share.'
        state.hint("INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS", message, f"@{name}")
    return tuple(sorted(common))
