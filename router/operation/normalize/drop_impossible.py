"""Fragments that no object of the enclosing type can match are dropped; fragments that all match are unwrapped.

Before: `{ book { ... on Product { title } ... on Movie { length } } }` with `type Book implements Product`
After:  `{ book { title } }`
Equivalent by GraphQL section 6.3.2: the first always applies to a Book, the second never does.
"""

from __future__ import annotations

from graphql import GraphQLCompositeType, GraphQLSchema, get_named_type, is_abstract_type, is_composite_type

from entrepot.router.operation.normalize.conditions import join_conditions
from entrepot.router.selection import Condition, Field, InlineFragment, Selection, SelectionSet


def drop_impossible(schema: GraphQLSchema, parent: GraphQLCompositeType, selections: SelectionSet) -> SelectionSet:
    return _Dropper(schema).walk(parent, selections, ())


class _Dropper:
    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema

    def walk(
        self, parent: GraphQLCompositeType, selections: SelectionSet, held: tuple[Condition, ...]
    ) -> tuple[Selection, ...]:
        kept: list[Selection] = []
        for selection in selections:
            joined = join_conditions(held, selection.conditions)
            if joined is None:
                continue
            added = tuple(condition for condition in selection.conditions if condition not in held)
            if isinstance(selection, Field):
                kept.append(self._walk_field(parent, selection, added, joined))
            else:
                kept.extend(self._walk_fragment(parent, selection, added, joined))
        return tuple(kept)

    def _walk_field(
        self, parent: GraphQLCompositeType, item: Field, added: tuple[Condition, ...], held: tuple[Condition, ...]
    ) -> Field:
        selections: SelectionSet = ()
        if item.selections:
            definition = self.schema.get_field(parent, item.name)
            inner = get_named_type(definition.type) if definition else None
            # The fields of introspection are answered locally, from their own text.
            selections = (
                self.walk(inner, item.selections, held)
                if is_composite_type(inner) and not item.name.startswith("__")
                else item.selections
            )
        return Field(item.name, item.alias, item.arguments, selections, added)

    def _walk_fragment(
        self,
        parent: GraphQLCompositeType,
        item: InlineFragment,
        added: tuple[Condition, ...],
        held: tuple[Condition, ...],
    ) -> tuple[Selection, ...]:
        target = parent if item.type_condition is None else self.schema.get_type(item.type_condition)
        if not is_composite_type(target):
            return ()
        possible, wanted = self._possible(parent), self._possible(target)
        if target is not parent and not possible & wanted and possible and wanted:
            return ()
        covers = target is parent or (is_abstract_type(target) and self.schema.is_sub_type(target, parent))
        inner = self.walk(parent if covers else target, item.selections, held)
        if not inner:
            return ()
        if not covers:
            return (InlineFragment(target.name, inner, added),)
        return inner if not added else (InlineFragment(None, inner, added),)

    def _possible(self, kind: GraphQLCompositeType) -> frozenset[str]:
        if is_abstract_type(kind):
            return frozenset(item.name for item in self.schema.get_possible_types(kind))
        return frozenset((kind.name,))
