"""Unauthorized fields in the output of a plan: null, at their position among their siblings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from entrepot.router.pipeline.authorization.unauthorized_paths import PLACEHOLDER, Keys, UnauthorizedField
from entrepot.router.plan import OutputField, OutputSelection

# No merged data has this key, so that what reads it is null.
_ABSENT: Final = "__unauthorized"


def nullify(output: OutputSelection, removals: Sequence[UnauthorizedField]) -> OutputSelection:
    """The output with a field that is always null for each removal, and without placeholders."""
    by_path: dict[Keys, list[UnauthorizedField]] = {}
    for removal in removals:
        by_path.setdefault(removal.path, []).append(removal)
    return _rebuild(output, by_path, ())


def _rebuild(
    output: OutputSelection, by_path: Mapping[Keys, Sequence[UnauthorizedField]], path: Keys
) -> OutputSelection:
    if not any(other[: len(path)] == path for other in by_path):
        return output
    here = by_path.get(path, ())
    by_type = tuple(
        (name, _add_here([_rebuild_field(field, by_path, path) for field in fields], here, name))
        for name, fields in output.by_type
    )
    return replace(output, by_type=by_type)


def _rebuild_field(field: OutputField, by_path: Mapping[Keys, Sequence[UnauthorizedField]], path: Keys) -> OutputField:
    if field.selection is None:
        return field
    return replace(field, selection=_rebuild(field.selection, by_path, (*path, field.key)))


def _add_here(
    fields: list[OutputField], removals: Sequence[UnauthorizedField], type_name: str
) -> tuple[OutputField, ...]:
    if not removals:
        return tuple(fields)
    kept = [field for field in fields if field.key != PLACEHOLDER.alias]
    known = {field.key for field in kept}
    added: dict[str, OutputField] = {}
    for removal in removals:
        if removal.on == type_name and removal.key not in known:
            earlier = added.get(removal.key)
            added[removal.key] = _null_field(removal) if earlier is None else _also_when(earlier, removal)
    order = {key: index for index, key in enumerate(removals[0].siblings)}
    return tuple(sorted([*kept, *added.values()], key=lambda field: order.get(field.key, len(order))))


def _null_field(removal: UnauthorizedField) -> OutputField:
    conditions = (removal.conditions,) if removal.conditions else ()
    return OutputField(removal.key, _ABSENT, removal.name, removal.type, conditions)


def _also_when(field: OutputField, removal: UnauthorizedField) -> OutputField:
    """The field for one more set of conditions; no conditions at all mean always."""
    if not field.conditions or not removal.conditions:
        return replace(field, conditions=())
    return replace(field, conditions=(*field.conditions, removal.conditions))
