"""`@override`: which subgraph's definition of a field gives way to which."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.router.composition.definitions import FieldDefinition, Kind
from entrepot.router.composition.merge.state import MergeState, OverrideResult, Source
from entrepot.router.federation.override import Override, parse_override

_EXCLUDING = ("requires", "provides")


def resolve_overrides(state: MergeState, sources: Sequence[Source[FieldDefinition]], coordinate: str) -> OverrideResult:
    """Check the overrides of one field (composition rules, @override) and say what they do."""
    result = OverrideResult()
    overrides = {source.subgraph.name: _read(source.element) for source in sources}
    if not any(overrides.values()):
        return result
    by_name = {source.subgraph.name: source for source in sources}
    for source in sources:
        override = overrides[source.subgraph.name]
        if override is not None and _is_sound(state, source, override, overrides, by_name, coordinate):
            _apply(state, source, override, by_name, coordinate, result)
    if result.used or result.unused or result.labels:
        state.overrides[coordinate] = result
    return result


def _read(element: FieldDefinition) -> Override | None:
    applications = element.applied("override")
    return parse_override(applications[0].arguments) if applications else None


def _is_sound(
    state: MergeState,
    source: Source[FieldDefinition],
    override: Override,
    overrides: dict[str, Override | None],
    by_name: dict[str, Source[FieldDefinition]],
    coordinate: str,
) -> bool:
    overridden = by_name.get(override.source)
    problem = _explain_owner(source, override, coordinate)
    if problem is None and overridden is not None:
        problem = _explain_overridden(source, overridden, overrides, coordinate)
    if problem is not None:
        code, message = problem
        state.error(code, message, [source.element.location])
        return False
    if overridden is None and _is_abstracted(state, source, override):
        message = (
            f'"{coordinate}" is in "{override.source}" by an @interfaceObject only and cannot be overridden there; '
            f'remove the @override in "{source.subgraph.name}".'
        )
        state.error("OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", message, [source.element.location])
        return False
    if overridden is None:
        _hint_nothing_overridden(state, source.subgraph.name, override, coordinate)
        return False
    return not _collides(state, source, overridden, coordinate)


def _explain_owner(source: Source[FieldDefinition], override: Override, coordinate: str) -> tuple[str, str] | None:
    """Why the field cannot override anything, as (code, message)."""
    name = source.subgraph.name
    parent = source.subgraph.schema.types[source.element.parent]
    if parent.kind is Kind.INTERFACE:
        message = f'"{coordinate}" in "{name}" is an interface field; use @override on the fields that implement it.'
        return "OVERRIDE_ON_INTERFACE", message
    if parent.has("interfaceObject"):
        message = (
            f'"{coordinate}" in "{name}" is a field of an @interfaceObject and overrides nothing; remove @override.'
        )
        return "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", message
    if override.source == name:
        message = f'"{coordinate}" in "{name}" overrides itself; name the subgraph to take the field from.'
        return "OVERRIDE_FROM_SELF_ERROR", message
    return None


def _explain_overridden(
    source: Source[FieldDefinition],
    overridden: Source[FieldDefinition],
    overrides: dict[str, Override | None],
    coordinate: str,
) -> tuple[str, str] | None:
    """Why the other subgraph's field cannot be overridden, as (code, message)."""
    other = overridden.subgraph.name
    if overrides[other] is not None:
        message = (
            f'"{coordinate}" in "{source.subgraph.name}" overrides "{other}", which overrides another itself; '
            "keep only one of the two."
        )
        return "OVERRIDE_SOURCE_HAS_OVERRIDE", message
    if overridden.subgraph.schema.types[overridden.element.parent].has("interfaceObject"):
        message = (
            f'"{coordinate}" in "{other}" is a field of an @interfaceObject and cannot be overridden; remove the '
            f'@override in "{source.subgraph.name}".'
        )
        return "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", message
    return None


def _is_abstracted(state: MergeState, source: Source[FieldDefinition], override: Override) -> bool:
    """Whether the other subgraph has the field on an `@interfaceObject` that stands for the type."""
    for subgraph in state.subgraphs:
        if subgraph.name == override.source:
            names = state.interfaces.get(source.element.parent, set()) & subgraph.usage.interface_objects
            return any(source.element.name in subgraph.schema.types[name].fields for name in names)
    return False


def _hint_nothing_overridden(state: MergeState, name: str, override: Override, coordinate: str) -> None:
    if override.source not in state.graphs:
        known = ", ".join(f'"{each}"' for each in state.graphs if each != name) or "no others"
        message = f'"{coordinate}" overrides "{override.source}", which is no subgraph; there are {known}.'
        state.hint("FROM_SUBGRAPH_DOES_NOT_EXIST", message, coordinate)
    else:
        message = f'"{coordinate}" is not in "{override.source}"; the @override in "{name}" can be removed.'
        state.hint("OVERRIDE_DIRECTIVE_CAN_BE_REMOVED", message, coordinate)


def _collides(
    state: MergeState,
    source: Source[FieldDefinition],
    overridden: Source[FieldDefinition],
    coordinate: str,
) -> bool:
    culprit: tuple[str, Source[FieldDefinition]] | None = None
    for directive in _EXCLUDING:
        if overridden.element.has(directive):
            culprit = (directive, overridden)
    if source.subgraph.usage.is_external(source.element):
        culprit = ("external", source)
    if culprit is None:
        return False
    directive, owner = culprit
    message = (
        f'"{coordinate}" cannot be overridden by "{source.subgraph.name}" while it is marked @{directive} in '
        f'"{owner.subgraph.name}"; remove one of the two.'
    )
    state.error(
        "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE", message, [source.element.location, overridden.element.location]
    )
    return True


def _apply(
    state: MergeState,
    source: Source[FieldDefinition],
    override: Override,
    by_name: dict[str, Source[FieldDefinition]],
    coordinate: str,
    result: OverrideResult,
) -> None:
    if not override.has_valid_label:
        message = (
            f'The label "{override.label}" of the @override on "{coordinate}" cannot be read; write a name '
            '(a letter, then letters, digits, "_-:./") or "percent(n)" with n from 0 to 100.'
        )
        state.error("OVERRIDE_LABEL_INVALID", message, [source.element.location])
    overridden = by_name[override.source]
    usage = overridden.subgraph.usage
    is_used = overridden.element.coordinate in usage.used_fields
    if usage.is_external(overridden.element):
        result.unused.discard(override.source)
        message = f'"{coordinate}" is @external in "{override.source}"; the @override can be removed.'
        state.hint("OVERRIDE_DIRECTIVE_CAN_BE_REMOVED", message, coordinate)
    elif is_used:
        result.used.add(override.source)
        message = (
            f'"{coordinate}" in "{override.source}" is overridden but still used there; mark it @external, '
            "or remove it with what uses it."
        )
        if override.label is None:
            state.hint("OVERRIDDEN_FIELD_CAN_BE_REMOVED", message, coordinate)
    else:
        result.unused.add(override.source)
        if override.label is None:
            message = f'"{coordinate}" in "{override.source}" is overridden and can be removed there.'
            state.hint("OVERRIDDEN_FIELD_CAN_BE_REMOVED", message, coordinate)
    if override.label is not None:
        result.labels[source.subgraph.name] = override.label
        result.labels[override.source] = override.label
        message = f'"{coordinate}" moves from "{override.source}" to "{source.subgraph.name}" by "{override.label}".'
        state.hint("OVERRIDE_MIGRATION_IN_PROGRESS", message, coordinate)
