"""`@shareable`: on fields of objects only."""

from __future__ import annotations

from router.composition.definitions import Kind
from router.composition.errors import CompositionError
from router.composition.rules.field_sets import located
from router.composition.subgraph import Subgraph


def check_shareable(subgraph: Subgraph) -> list[CompositionError]:
    """Report `@shareable` on interface fields, which nothing resolves."""
    return [
        located(
            "INVALID_SHAREABLE_USAGE",
            f'"{each.coordinate}" is an interface field and cannot be @shareable; mark its implementations.',
            application.location,
        )
        for definition in subgraph.schema.of_kind(Kind.INTERFACE)
        for each in definition.fields.values()
        for application in each.applications("shareable")
    ]
