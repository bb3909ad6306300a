"""The context names a subgraph sets and the selections that its arguments read from them."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.router.composition.definitions import Schema
from entrepot.router.federation.contexts import parse_from_context
from entrepot.router.federation.field_set import FieldSetInvalid, parse_field_set
from entrepot.router.selection import SelectionSet


def context_selections(schema: Schema) -> Iterator[tuple[str, SelectionSet]]:
    """Each readable `@fromContext` as (context, selection)."""
    for definition in schema.composite_types():
        for each in definition.fields.values():
            for argument in each.arguments.values():
                for application in argument.applied("fromContext"):
                    reference = parse_from_context(application.arguments)
                    if reference is None:
                        continue
                    try:
                        yield reference.context, parse_field_set(reference.selection)
                    except FieldSetInvalid:
                        continue
