"""Why a path ends: what each subgraph lacks, in sentences that say what to change."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.router.composition.definitions import FieldDefinition
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.satisfiability.path import Path
from entrepot.router.composition.satisfiability.query_graph import Position, Positions, QueryGraph
from entrepot.router.composition.satisfiability.reach import Reach
from entrepot.router.composition.type_references import named_type
from entrepot.router.composition.usage import selections_of
from entrepot.router.selection import print_selections


def explain_dead_end(
    reach: Reach, type_name: str, positions: Positions, contexts: frozenset[str], found: FieldDefinition, path: Path
) -> CompositionError:
    """The error for a field that cannot be resolved at the end of this path, on which these contexts are set."""
    query_graph = reach.query_graph
    owners = [
        subgraph
        for subgraph in query_graph.subgraphs.values()
        for local in _local_definitions(query_graph, subgraph.name, type_name)
        if found.name in subgraph.schema.types[local].fields
    ]
    reasons = list(dict.fromkeys(_reasons(reach, type_name, positions, contexts, found)))
    returned = query_graph.schema.types.get(named_type(found.type))
    tail = "..." if returned is not None and (returned.fields or returned.members) else ""
    claim = f'The supergraph allows a query that the subgraphs cannot answer; "{found.coordinate}" is out of reach in'
    message = "\n".join([claim, f"  {path.print_query(tail)}", *(f"- {reason}" for reason in reasons)])
    locations = tuple(
        subgraph.schema.types[local].fields[found.name].location
        for subgraph in owners
        for local in _local_definitions(query_graph, subgraph.name, type_name)
        if found.name in subgraph.schema.types[local].fields
    )
    return CompositionError("SATISFIABILITY_ERROR", message, tuple(dict.fromkeys(locations)))


def explain_single_calls(
    found: FieldDefinition, dead_ends: list[tuple[str, CompositionError]], path: Path
) -> CompositionError:
    """The error for a shared mutation whose result no single subgraph leads to whole; what is missing from each."""
    claim = (
        f'"{found.coordinate}" is called in one subgraph only, and none of those that share it leads to everything '
        f"below it in\n  {path.print_query('...')}\n"
        "Make the result whole in one of them, or let the others be entered from there by a @key."
    )
    reasons = [f'- from "{subgraph}": {error.message}' for subgraph, error in dead_ends]
    locations = tuple(dict.fromkeys(location for _, error in dead_ends for location in error.locations))
    return CompositionError("SATISFIABILITY_ERROR", "\n".join([claim, *reasons]), locations)


def explain_unknown_type(query_graph: QueryGraph, type_name: str, positions: Positions, path: Path) -> CompositionError:
    """The error for an interface object whose implementations cannot be distinguished."""
    here = ", ".join(f'"{name}"' for name in sorted({position.subgraph for position in positions}))
    message = (
        f"The supergraph allows a query that the subgraphs cannot answer: {path.print_query('__typename')}\n"
        f'- "{type_name}" is an @interfaceObject in {here}, and no subgraph that defines the interface can be entered '
        f'from there; give the interface "{type_name}" a resolvable @key with fields that {here} resolves.'
    )
    locations = tuple(query_graph.definition(position).location for position in sorted(positions, key=_by_subgraph))
    return CompositionError("SATISFIABILITY_ERROR", message, locations)


def _by_subgraph(position: Position) -> str:
    return position.subgraph


def _local_definitions(query_graph: QueryGraph, subgraph: str, type_name: str) -> Iterator[str]:
    types = query_graph.subgraphs[subgraph].schema.types
    if type_name in types:
        yield type_name
    for interface in sorted(query_graph.state.interfaces.get(type_name, ())):
        if interface in query_graph.subgraphs[subgraph].usage.interface_objects:
            yield interface


def _reasons(
    reach: Reach, type_name: str, positions: Positions, contexts: frozenset[str], found: FieldDefinition
) -> Iterator[str]:
    query_graph = reach.query_graph
    for position in sorted(positions, key=_by_subgraph):
        here = query_graph.field_at(position, found.name)
        if here is None:
            yield f'in "{position.subgraph}", "{position.type}" has no field "{found.name}".'
        elif query_graph.is_overridden(position, here):
            yield f'in "{position.subgraph}", "{here.coordinate}" is overridden.'
        elif not query_graph.is_resolved_here(position, here):
            yield f'in "{position.subgraph}", "{here.coordinate}" is @external and not provided on this path.'
        elif not query_graph.contexts_read(position, here) <= contexts:
            lacking = min(query_graph.contexts_read(position, here) - contexts)
            yield (
                f'in "{position.subgraph}", "{here.coordinate}" reads a context that no type above it on this path '
                f'sets ("{lacking.removeprefix(f"{position.subgraph}__")}"); set it on one of them.'
            )
        else:
            yield from _unmet_requirements(reach, type_name, positions, position, here)
    reached = {position.subgraph for position in positions}
    for subgraph in query_graph.subgraphs.values():
        if subgraph.name in reached:
            continue
        locals_with_field = [
            local
            for local in _local_definitions(query_graph, subgraph.name, type_name)
            if found.name in subgraph.schema.types[local].fields
        ]
        if locals_with_field:
            yield _explain_no_entry(query_graph, type_name, subgraph.name, found.name)


def _unmet_requirements(
    reach: Reach, type_name: str, positions: Positions, position: Position, here: FieldDefinition
) -> Iterator[str]:
    for application in here.applied("requires"):
        fields = application.arguments.get("fields")
        if not reach.can_select(type_name, positions, selections_of(application)):
            yield f'in "{position.subgraph}", "{here.coordinate}" requires "{fields}", which cannot be fetched.'
        elif not reach.can_return(type_name, positions, position):
            yield (
                f'in "{position.subgraph}", "{here.coordinate}" requires "{fields}", and there is no usable @key on '
                f'"{position.type}" to come back with it; add one whose fields "{position.subgraph}" resolves.'
            )


def _explain_no_entry(query_graph: QueryGraph, type_name: str, subgraph: str, field_name: str) -> str:
    keys = [entry.key for entry in query_graph.entries(type_name) if entry.target.subgraph == subgraph]
    if not keys:
        return (
            f'"{subgraph}" has "{field_name}" and cannot be entered: "{type_name}" has no resolvable @key there; '
            "add one whose fields can be fetched on this path."
        )
    listed = " or ".join(f'"{print_selections(key)}"' for key in keys)
    return (
        f'"{subgraph}" has "{field_name}" and cannot be entered: no subgraph on this path can give all fields of '
        f"its @key {listed}; add one of them there."
    )
