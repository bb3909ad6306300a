"""Removed elements that have probably been renamed or moved: what is new is the same but for its name or its type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from graphql import GraphQLNamedType, GraphQLSchema

from entrepot.router.checks.change import Change

_ADVICE: Final = "keep both, deprecate the old, and remove it later."


def recognise_renames(changes: Iterable[Change], base: GraphQLSchema, head: GraphQLSchema) -> list[Change]:
    """The changes, with evidence on those that are likely a rename of one element, or its move to another type."""
    found = list(changes)
    added = [change.coordinate for change in found if change.code.endswith("_ADDED")]
    return [_recognise(change, added, base, head) for change in found]


def _recognise(change: Change, added: list[str], base: GraphQLSchema, head: GraphQLSchema) -> Change:
    if change.code == "TYPE_REMOVED":
        shape = _shape_of(base.type_map[change.coordinate])
        others = [name for name in added if name in head.type_map and _shape_of(head.type_map[name]) == shape]
    elif change.code in {"FIELD_REMOVED", "INPUT_FIELD_REMOVED"}:
        type_name, name = change.coordinate.split(".")
        field = _print_field(base.type_map[type_name], name)
        siblings = [each for each in added if each.startswith(f"{type_name}.") and "(" not in each]
        others = [each for each in siblings if _print_field(head.type_map[type_name], each.split(".")[1]) == field]
        if not others and (moved := _find_moved(name, field, added, head)):
            return replace(change, evidence=f"It looks moved to {moved}: {_ADVICE}")
    else:
        return change
    if len(others) != 1:
        return change
    return replace(change, evidence=f"It looks renamed to {others[0]}: {_ADVICE}")


def _find_moved(name: str, field: str, added: list[str], head: GraphQLSchema) -> str | None:
    """The one field of the same name and type that another type has now."""
    namesakes = [each for each in added if each.partition(".")[2] == name]
    others = [each for each in namesakes if _print_field(head.type_map[each.partition(".")[0]], name) == field]
    return others[0] if len(others) == 1 else None


def _shape_of(type_: GraphQLNamedType) -> tuple[str, ...]:
    """What the type consists of, without its name."""
    fields = getattr(type_, "fields", None)
    if fields is not None:
        return (type(type_).__name__, *sorted(f"{name}: {_print_field(type_, name)}" for name in fields))
    parts = getattr(type_, "values", None) or [member.name for member in getattr(type_, "types", ())]
    return (type(type_).__name__, *sorted(parts), type_.name if not parts else "")


def _print_field(type_: GraphQLNamedType, name: str) -> str:
    field = getattr(type_, "fields", {}).get(name)
    if field is None:
        return ""
    arguments = sorted(f"{key}: {argument.type}" for key, argument in getattr(field, "args", {}).items())
    return f"({', '.join(arguments)}): {field.type}"
