"""A field that reads protected data through `@requires` or a context must be protected as much itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from entrepot.router.composition.definitions import Element, FieldDefinition, Kind, Location
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.merge import MergeState
from entrepot.router.composition.merge.directive_arguments import Alternatives, conjoin
from entrepot.router.composition.subgraph import Subgraph
from entrepot.router.composition.type_references import named_type
from entrepot.router.composition.usage import selections_of
from entrepot.router.federation.contexts import parse_from_context
from entrepot.router.federation.field_set import FieldSetInvalid, parse_field_set
from entrepot.router.selection import Field, SelectionSet

_ARGUMENTS = {"requiresScopes": "scopes", "policy": "policies"}
Requirements = dict[str, Alternatives]
"""Directive -> alternatives; `@authenticated` is one alternative that asks for the name of the directive."""


def check_transitive_authorization(state: MergeState) -> list[CompositionError]:
    """Report fields whose own protection does not imply that of what they read."""
    errors = []
    for subgraph in state.subgraphs:
        for definition in subgraph.schema.of_kind(Kind.OBJECT):
            for each in definition.fields.values():
                for owner, selections, location, is_own in _dependencies(subgraph, each):
                    read = list(_collect(state, owner, selections))
                    if not is_own and owner in state.schema.types:
                        # The object that sets a context is another one, which the caller need not be allowed to see.
                        read.append(_requirements(state.schema.types[owner]))
                    missing = _missing(state, definition.name, each, read)
                    if missing:
                        listed = ", ".join(f"@{name}" for name in missing)
                        message = (
                            f'"{each.coordinate}" in "{subgraph.name}" reads fields whose protection it lacks '
                            f"({listed}); add at least the same to it, or to its type."
                        )
                        errors.append(CompositionError("MISSING_TRANSITIVE_AUTH_REQUIREMENTS", message, (location,)))
    return errors


def _dependencies(subgraph: Subgraph, each: FieldDefinition) -> Iterator[tuple[str, SelectionSet, Location, bool]]:
    """What a field reads, as (type, selections, where it is said, whether of its own object)."""
    for application in each.applied("requires"):
        yield each.parent, selections_of(application), application.location, True
    for argument in each.arguments.values():
        for application in argument.applied("fromContext"):
            reference = parse_from_context(application.arguments)
            if reference is None:
                continue
            try:
                selections = parse_field_set(reference.selection)
            except FieldSetInvalid:
                continue
            for definition in subgraph.schema.types.values():
                names = {str(setter.arguments.get("name")) for setter in definition.applied("context")}
                if reference.context in names:
                    yield definition.name, selections, application.location, False


def _missing(state: MergeState, parent: str, each: FieldDefinition, read: Sequence[Requirements]) -> list[str]:
    wanted = _combine(read)
    if not wanted:
        return []
    merged_type = state.schema.types[parent]
    merged = merged_type.fields.get(each.name)
    own = _combine([_requirements(merged_type), _requirements(merged) if merged else {}])
    return [name for name, alternatives in wanted.items() if not _implies(own.get(name), alternatives)]


def _collect(state: MergeState, parent: str, selections: SelectionSet) -> Iterator[Requirements]:
    definition = state.schema.types.get(parent)
    if definition is None:
        return
    for selection in selections:
        if not isinstance(selection, Field):
            condition = selection.type_condition or parent
            if condition in state.schema.types:
                yield _requirements(state.schema.types[condition])
            yield from _collect(state, condition, selection.selections)
            continue
        found = definition.fields.get(selection.name)
        if found is None:
            continue
        yield _requirements(found)
        returned = state.schema.types.get(named_type(found.type))
        if returned is not None:
            yield _requirements(returned)
            yield from _collect(state, returned.name, selection.selections)


def _requirements(element: Element) -> Requirements:
    found: Requirements = {}
    for application in element.directives:
        if application.federation == "authenticated":
            found["authenticated"] = [["authenticated"]]
        elif application.federation in _ARGUMENTS:
            value = application.arguments.get(_ARGUMENTS[application.federation])
            found[application.federation] = [
                [str(name) for name in (item if isinstance(item, list) else [item])]
                for item in (value if isinstance(value, list) else [value])
            ]
    return found


def _combine(parts: Sequence[Requirements]) -> Requirements:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: conjoin([part[name] for part in parts if name in part]) for name in names}


def _implies(own: Alternatives | None, wanted: Alternatives) -> bool:
    """Whether a caller who meets `own` meets `wanted`: each own alternative contains a wanted one, if any is wanted."""
    if not wanted:
        return True
    if own is None:
        return any(not alternative for alternative in wanted)
    return all(any(set(each) <= set(alternative) for each in wanted) for alternative in own)
