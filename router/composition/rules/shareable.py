"""`@shareable`: on fields of objects only, and once in each place."""

from __future__ import annotations

from entrepot.router.composition.definitions import AppliedDirective, Kind
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.rules.field_sets import located
from entrepot.router.composition.subgraph import Subgraph


def check_shareable(subgraph: Subgraph) -> list[CompositionError]:
    """Report `@shareable` on interface fields, which nothing resolves, and repeated in one place."""
    errors = [
        located(
            "INVALID_SHAREABLE_USAGE",
            f'"{each.coordinate}" is an interface field and cannot be @shareable; mark its implementations.',
            application.location,
        )
        for definition in subgraph.schema.of_kind(Kind.INTERFACE)
        for each in definition.fields.values()
        for application in each.applied("shareable")
    ]
    for definition in subgraph.schema.of_kind(Kind.OBJECT):
        errors += _find_repeated(definition.name, definition.applied("shareable"))
        for each in definition.fields.values():
            errors += _find_repeated(each.coordinate, each.applied("shareable"))
    return errors


def _find_repeated(coordinate: str, applications: list[AppliedDirective]) -> list[CompositionError]:
    """A type may be `@shareable` once in its definition and once in each extension."""
    seen: set[int] = set()
    errors = []
    for application in applications:
        if application.block in seen:
            message = f'"{coordinate}" is @shareable twice in one place; remove one.'
            errors.append(located("INVALID_SHAREABLE_USAGE", message, application.location))
        seen.add(application.block)
    return errors
