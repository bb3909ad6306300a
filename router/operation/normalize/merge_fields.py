"""Selections of one response key, and fragments of one type, become one where their conditions agree.

Before: `{ a { b } a { c } ... on X { d } ... on X { e } }`
After:  `{ a { b c } ... on X { d e } }`
Equivalent by GraphQL section 6.3.3 (merging selection sets); the first occurrence keeps its place.
"""

from __future__ import annotations

from graphql import GraphQLCompositeType, GraphQLSchema

from router.selection import Argument, Condition, Field, InlineFragment, Selection, SelectionSet

Key = tuple[str | None, str | None, tuple[Argument, ...], tuple[Condition, ...]]


def merge_fields(_: GraphQLSchema, __: GraphQLCompositeType, selections: SelectionSet) -> SelectionSet:
    return _merge(selections)


def _merge(selections: SelectionSet) -> tuple[Selection, ...]:
    grouped: dict[Key, list[Selection]] = {}
    for selection in selections:
        grouped.setdefault(_key(selection), []).append(selection)
    merged: list[Selection] = []
    for group in grouped.values():
        first = group[0]
        seen: dict[int, SelectionSet] = {}
        for item in group:
            seen.setdefault(id(item.selections), item.selections)
        inner = _merge(tuple(item for part in seen.values() for item in part))
        if isinstance(first, Field):
            merged.append(Field(first.name, first.alias, first.arguments, inner, first.conditions))
        else:
            merged.append(InlineFragment(first.type_condition, inner, first.conditions))
    return tuple(merged)


def _key(selection: Selection) -> Key:
    if isinstance(selection, Field):
        return (selection.response_key, selection.name, selection.arguments, selection.conditions)
    return (None, selection.type_condition, (), selection.conditions)
