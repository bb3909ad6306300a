"""Selections of one response key, and fragments of one type, become one where their conditions agree.

Before: `{ a { b } a { c } ... on X { d } ... on X { e } }`
After:  `{ a { b c } ... on X { d e } }`
Equivalent by GraphQL section 6.3.3 (merging selection sets); the first occurrence keeps its place. A fragment is joined
only to one from which nothing parts it that can be of the same object: the answer is in the order of the selection.
"""

from __future__ import annotations

from graphql import GraphQLCompositeType, GraphQLObjectType, GraphQLSchema

from entrepot.router.selection import Argument, Condition, Field, InlineFragment, Selection, SelectionSet

Key = tuple[str | None, str | None, tuple[Argument, ...], tuple[Condition, ...]]


def merge_fields(schema: GraphQLSchema, _: GraphQLCompositeType, selections: SelectionSet) -> SelectionSet:
    return _merge(schema, selections)


def _merge(schema: GraphQLSchema, selections: SelectionSet) -> tuple[Selection, ...]:
    merged: list[Selection] = []
    for group in _group(schema, selections):
        first = group[0]
        seen: dict[int, SelectionSet] = {}
        for item in group:
            seen.setdefault(id(item.selections), item.selections)
        inner = _merge(schema, tuple(item for part in seen.values() for item in part))
        if isinstance(first, Field):
            merged.append(Field(first.name, first.alias, first.arguments, inner, first.conditions))
        else:
            merged.append(InlineFragment(first.type_condition, inner, first.conditions))
    return tuple(merged)


def _group(schema: GraphQLSchema, selections: SelectionSet) -> list[list[Selection]]:
    """The selections that become one, in the order of the first of each."""
    groups: list[list[Selection]] = []
    latest: dict[Key, list[Selection]] = {}
    # By concrete type the group that fields of its objects were last added to; None: that of any type's.
    last: dict[str | None, list[Selection]] = {}
    for selection in selections:
        key = _key(selection)
        group = latest.get(key)
        of_type = _concrete_type(schema, selection)
        if group is not None and (isinstance(selection, Field) or _is_next(last, of_type, group)):
            group.append(selection)
            continue
        group = latest[key] = [selection]
        groups.append(group)
        if of_type is None:
            last.clear()
        last[of_type] = group
    return groups


def _is_next(last: dict[str | None, list[Selection]], of_type: str | None, group: list[Selection]) -> bool:
    """Whether nothing came after the group that can be of the same objects."""
    if of_type is None:
        return last.get(None) is group and len(last) == 1
    return last.get(of_type, last.get(None)) is group


def _concrete_type(schema: GraphQLSchema, selection: Selection) -> str | None:
    """The only type whose objects the selection is of; None when there may be several."""
    name = selection.type_condition if isinstance(selection, InlineFragment) else None
    return name if name is not None and isinstance(schema.type_map.get(name), GraphQLObjectType) else None


def _key(selection: Selection) -> Key:
    if isinstance(selection, Field):
        return (selection.response_key, selection.name, selection.arguments, selection.conditions)
    return (None, selection.type_condition, (), selection.conditions)
