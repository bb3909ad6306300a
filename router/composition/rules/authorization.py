"""Authorization belongs on objects and their fields; interfaces inherit it."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.router.composition.definitions import AppliedDirective, Kind
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.rules.field_sets import located
from entrepot.router.composition.subgraph import Subgraph

_DIRECTIVES = ("authenticated", "requiresScopes", "policy")


def check_authorization(subgraph: Subgraph) -> list[CompositionError]:
    """Report authorization on interfaces, their fields, and interface objects as a whole."""
    return [
        located(
            "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE",
            f'"@{application.name}" cannot stand on "{coordinate}": an interface is protected as its implementations '
            "are; put it on the objects or their fields.",
            application.location,
        )
        for coordinate, application in _misplaced(subgraph)
    ]


def _misplaced(subgraph: Subgraph) -> Iterator[tuple[str, AppliedDirective]]:
    for definition in subgraph.schema.composite_types():
        is_interface = definition.kind is Kind.INTERFACE
        if is_interface or definition.has("interfaceObject"):
            for directive in _DIRECTIVES:
                yield from ((definition.name, each) for each in definition.applied(directive))
        if is_interface:
            for each in definition.fields.values():
                for directive in _DIRECTIVES:
                    yield from ((each.coordinate, application) for application in each.applied(directive))
