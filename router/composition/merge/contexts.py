"""`@context` and `@fromContext` in the supergraph: context names made unique, arguments moved to `@join__field`."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.router.composition.definitions import AppliedDirective, FieldDefinition, TypeDefinition
from entrepot.router.composition.merge.state import MergeState, Source
from entrepot.router.federation.contexts import parse_from_context
from entrepot.router.federation.literals import Literal


def context_arguments(source: Source[FieldDefinition]) -> list[dict[str, Literal]] | None:
    """The `contextArguments` of a field in one subgraph (join specification v0.5), None when it has none."""
    arguments: list[dict[str, Literal]] = []
    for argument in source.element.arguments.values():
        for application in argument.applied("fromContext"):
            reference = parse_from_context(application.arguments)
            if reference is not None:
                arguments.append(
                    {
                        "context": f"{source.subgraph.name}__{reference.context}",
                        "name": argument.name,
                        "type": argument.type,
                        "selection": f" {reference.selection}",
                    }
                )
    return arguments or None


def merge_contexts(state: MergeState, sources: Sequence[Source[TypeDefinition]], target: TypeDefinition) -> None:
    """Put each subgraph's contexts on the merged type, under names that no other subgraph's have."""
    for source in sources:
        for application in source.element.applied("context"):
            state.features.add("context")
            name = f"{source.subgraph.name}__{application.arguments.get('name')}"
            target.directives.append(AppliedDirective("context", {"name": name}))
