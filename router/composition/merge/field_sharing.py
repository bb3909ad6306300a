"""Several subgraphs may resolve one field only when all of them call it `@shareable`."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.router.composition.definitions import FieldDefinition, Kind, TypeDefinition
from entrepot.router.composition.merge.state import MergeState, OverrideResult, Source, locations_of, names_of


def check_sharing(
    state: MergeState,
    target: TypeDefinition,
    sources: Sequence[Source[FieldDefinition]],
    overrides: OverrideResult,
    coordinate: str,
) -> None:
    """Report a field of an object that is resolved in several subgraphs and not shareable in all."""
    if target.kind is not Kind.OBJECT:
        return
    if target.name == state.schema.roots.get("subscription"):
        marked = [source for source in sources if source.subgraph.usage.is_shareable(source.element)]
        if marked:
            message = f'"{coordinate}" is a subscription and cannot be @shareable; keep it in one subgraph.'
            state.error("INVALID_FIELD_SHARING", message, locations_of(marked))
            return
    resolving = [
        source
        for source in sources
        if not overrides.gives_way(source.subgraph.name) and not source.subgraph.usage.is_fully_external(source.element)
    ]
    resolving += _from_interface_objects(state, target, sources[0].element.name, sources)
    _refuse_exclusive(state, resolving, coordinate)


def check_inherited_sharing(state: MergeState, target: TypeDefinition, name: str) -> None:
    """The same of a field that an implementation has from nothing but `@interfaceObject` types of its interfaces."""
    _refuse_exclusive(state, _from_interface_objects(state, target, name, ()), f"{target.name}.{name}")


def is_added_to(
    state: MergeState, target: TypeDefinition, name: str, sources: Sequence[Source[FieldDefinition]]
) -> bool:
    """Whether an `@interfaceObject` in a further subgraph resolves the field for objects of the type."""
    return target.kind is Kind.OBJECT and bool(_from_interface_objects(state, target, name, sources))


def _refuse_exclusive(state: MergeState, resolving: Sequence[Source[FieldDefinition]], coordinate: str) -> None:
    exclusive = [source for source in resolving if not source.subgraph.usage.is_shareable(source.element)]
    if not exclusive or len(resolving) == 1:
        return
    message = (
        f'"{coordinate}" is resolved in {names_of(resolving)} and not @shareable in {names_of(exclusive)}; '
        "mark it @shareable in all of them, or keep it in one."
    )
    state.error("INVALID_FIELD_SHARING", message, locations_of(exclusive))


def _from_interface_objects(
    state: MergeState, target: TypeDefinition, name: str, sources: Sequence[Source[FieldDefinition]]
) -> list[Source[FieldDefinition]]:
    """An `@interfaceObject` resolves its fields for every implementation of the interface."""
    having = {source.subgraph.name for source in sources}
    found = []
    for subgraph in state.subgraphs:
        if subgraph.name in having or not subgraph.usage.interface_objects:
            continue
        for interface in sorted(state.interfaces.get(target.name, ())):
            if interface in subgraph.usage.interface_objects:
                each = subgraph.schema.types[interface].fields.get(name)
                if each is not None and not subgraph.usage.is_fully_external(each):
                    found.append(Source(subgraph, each))
    return found
