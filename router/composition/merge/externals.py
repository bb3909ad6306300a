"""`@external` fields must agree with the field that some other subgraph resolves."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.router.composition.definitions import FieldDefinition
from entrepot.router.composition.merge.state import MergeState, Source, locations_of, names_of
from entrepot.router.composition.merge.types import comparable_default
from entrepot.router.composition.type_references import is_subtype


def check_externals(
    state: MergeState,
    external: Sequence[Source[FieldDefinition]],
    merged: FieldDefinition,
    *,
    is_same_type: bool,
) -> None:
    """Report external definitions whose type or arguments are not those of the merged field.

    Where the resolving subgraphs agree on the type, so must an external one; where they differ, a narrower one will do.
    An external argument must accept what the argument itself accepts.
    """
    coordinate = merged.coordinate
    wrong = [
        source
        for source in external
        if source.element.type != merged.type
        and (is_same_type or not is_subtype(source.element.type, merged.type, state.is_named_subtype))
    ]
    if wrong:
        listed = names_of(wrong, lambda element: f'"{element.type}"')
        message = f'"{coordinate}" is "{merged.type}" where it is resolved and @external as {listed}; make them agree.'
        state.error("EXTERNAL_TYPE_MISMATCH", message, locations_of(wrong))
    for name, argument in merged.arguments.items():
        lacking = [source for source in external if name not in source.element.arguments]
        if lacking:
            message = f'The @external "{coordinate}" lacks the argument "{name}" in {names_of(lacking)}; add it.'
            state.error("EXTERNAL_ARGUMENT_MISSING", message, locations_of(lacking))
        for source in external:
            own = source.element.arguments.get(name)
            if own is None:
                continue
            where = f'"{own.coordinate}" in "{source.subgraph.name}"'
            if not is_subtype(argument.type, own.type, state.is_named_subtype):
                message = f'{where} is "{own.type}", and "{argument.type}" where the field is resolved; align them.'
                state.error("EXTERNAL_ARGUMENT_TYPE_MISMATCH", message, [own.location])
            if (own.has_default, comparable_default(own)) != (argument.has_default, comparable_default(argument)):
                message = f"{where} has another default than where the field is resolved; give it the same one."
                state.error("EXTERNAL_ARGUMENT_DEFAULT_MISMATCH", message, [own.location])
