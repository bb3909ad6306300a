"""Authorization on interfaces: what their implementations ask for, taken together."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.router.composition.definitions import AppliedDirective, Element, Kind, TypeDefinition
from entrepot.router.composition.merge.directives import add_merged
from entrepot.router.composition.merge.state import MergeState

AUTHORIZATION_DIRECTIVES = ("authenticated", "requiresScopes", "policy")


def propagate_authorization(state: MergeState) -> None:
    """Protect interfaces and their fields as all their implementations are protected.

    A client that reads through the interface may meet any implementation, so all requirements must hold.
    """
    _protect_implementations(state)
    for interface in state.schema.of_kind(Kind.INTERFACE):
        implementations = [each for each in state.schema.of_kind(Kind.OBJECT) if interface.name in each.interfaces]
        _protect(state, interface, implementations, interface.name)
        for name, field in interface.fields.items():
            fields = [each.fields[name] for each in implementations if name in each.fields]
            _protect(state, field, fields, field.coordinate)


def _protect_implementations(state: MergeState) -> None:
    """What an `@interfaceObject` asks for on a field holds for that field of every implementation."""
    owners = [
        (interface, subgraph.schema.types[interface])
        for subgraph in state.subgraphs
        for interface in sorted(subgraph.usage.interface_objects)
    ]
    for definition in state.schema.of_kind(Kind.OBJECT):
        protecting = [owner for interface, owner in owners if interface in definition.interfaces]
        for name, field in definition.fields.items():
            if any(each.name == "join__field" and not each.arguments for each in field.directives):
                continue
            sources = [owner.fields[name] for owner in protecting if name in owner.fields]
            if sources:
                _protect(state, field, sources, field.coordinate)


def _protect(
    state: MergeState,
    target: TypeDefinition | Element,
    implementations: Sequence[Element],
    coordinate: str,
) -> None:
    for directive in AUTHORIZATION_DIRECTIVES:
        found: list[AppliedDirective] = list(target.applied(directive))
        for each in implementations:
            found += each.applied(directive)
        if not found:
            continue
        target.directives = [each for each in target.directives if each.federation != directive]
        applications = [(None, application) for application in found]
        add_merged(state, state.directive_names[directive], [*applications], target, coordinate)
