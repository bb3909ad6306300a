"""`@requires` must select what the supergraph has."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.router.composition.definitions import Kind, Schema
from entrepot.router.composition.errors import CompositionError
from entrepot.router.composition.merge import MergeState
from entrepot.router.composition.type_references import named_type
from entrepot.router.composition.usage import selections_of
from entrepot.router.selection import Field, SelectionSet


def check_requires(state: MergeState) -> list[CompositionError]:
    """Report requirements whose selection is not valid in the merged schema."""
    errors = []
    for subgraph in state.subgraphs:
        for definition in subgraph.schema.of_kind(Kind.OBJECT):
            for each in definition.fields.values():
                for application in each.applied("requires"):
                    for problem in _explain(state.schema, definition.name, selections_of(application)):
                        message = f'@requires on "{each.coordinate}" in "{subgraph.name}": {problem}.'
                        errors.append(CompositionError("REQUIRES_INVALID_FIELDS", message, (application.location,)))
    return errors


def _explain(schema: Schema, parent: str, selections: SelectionSet) -> Iterator[str]:
    definition = schema.types.get(parent)
    if definition is None:
        return
    for selection in selections:
        if not isinstance(selection, Field):
            yield from _explain(schema, selection.type_condition or parent, selection.selections)
        elif selection.name != "__typename":
            found = definition.fields.get(selection.name)
            if found is None:
                yield f'"{parent}" has no field "{selection.name}" in the supergraph; select one that it has'
                continue
            given = {argument.name for argument in selection.arguments}
            for name in sorted(given - found.arguments.keys()):
                yield f'"{found.coordinate}" has no argument "{name}" in the supergraph; remove it'
            for argument in found.arguments.values():
                if argument.is_required and argument.name not in given:
                    yield f'"{found.coordinate}" needs the argument "{argument.name}"; give it'
            yield from _explain(schema, named_type(found.type), selection.selections)
