"""Unions: every member that some subgraph knows."""

from __future__ import annotations

from entrepot.router.composition.definitions import NOWHERE, TypeDefinition
from entrepot.router.composition.merge.joins import join_application
from entrepot.router.composition.merge.state import MergeState, Source, names_of


def merge_members(state: MergeState, sources: list[Source[TypeDefinition]], target: TypeDefinition) -> None:
    """Fill the members of a merged union."""
    for source in sources:
        for member in source.element.members:
            target.members[member] = NOWHERE
    for member in target.members:
        lacking = [source for source in sources if member not in source.element.members]
        for source in sources:
            if member in source.element.members:
                graph = state.graph(source.subgraph)
                target.directives.append(join_application("unionMember", graph=graph, member=member))
        if lacking:
            message = f'The member "{member}" of "{target.name}" is missing in {names_of(lacking)}.'
            state.hint("INCONSISTENT_UNION_MEMBER", message, target.name)
