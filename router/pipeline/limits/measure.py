"""The size of a document: depth, fields, aliases, and the pairs of fields that validation compares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from graphql.language import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
)

Fragments = Mapping[str, FragmentDefinitionNode]


@dataclass(frozen=True, slots=True)
class Size:
    """How much a selection set asks, its fragments counted each time that they are spread.

    `directives_per_location` are the most at one place, `argument_list_items` the most entries of one list that is
    written in it.
    """

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    root_fields: int = 0
    directives: int = 0
    directives_per_location: int = 0
    argument_list_items: int = 0


class FragmentCycle(Exception):
    """A fragment spreads itself, so that the document has no size."""


def measure_document(document: DocumentNode) -> list[tuple[SelectionSetNode, Size]]:
    """Each operation's selection with its size, and that of each fragment that no operation reaches.

    Linear in the size of the document, however its fragments nest. Raises FragmentCycle.
    """
    measure = _Measure(read_fragments(document))
    roots: list[tuple[SelectionSetNode, Size]] = []
    for definition in sorted(document.definitions, key=_is_fragment):
        if isinstance(definition, FragmentDefinitionNode) and measure.has_seen(definition.name.value):
            continue
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            roots.append((definition.selection_set, measure.definition(definition)))
    return roots


def count_pairs(root: SelectionSetNode, fragments: Fragments, *, limit: int) -> int:
    """The pairs of fields with one response key, and of fragments side by side, in all merged selection sets.

    These are the comparisons that the rule on overlapping fields (GraphQL section 5.3.2) makes. Stops beyond `limit`.
    """
    pairs = 0
    levels = [[root]]
    while levels and pairs <= limit:
        groups, spreads = _merge(levels.pop(), fragments)
        pairs += spreads * (spreads - 1) // 2
        for fields in groups.values():
            pairs += len(fields) * (len(fields) - 1) // 2
            inner = [field.selection_set for field in fields if field.selection_set]
            if inner:
                levels.append(inner)
    return pairs


def read_fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def _is_fragment(node: DefinitionNode) -> bool:
    return isinstance(node, FragmentDefinitionNode)


class _Measure:
    def __init__(self, fragments: Fragments) -> None:
        self._fragments = fragments
        self._sizes: dict[str, Size | None] = {}

    def has_seen(self, name: str) -> bool:
        return name in self._sizes

    def definition(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> Size:
        """The size of what the definition selects, with what stands at its head."""
        size = self.selection_set(node.selection_set)
        heads = [node, *(node.variable_definitions or ())]
        counts = [len(head.directives or ()) for head in heads]
        defaults = [head.default_value for head in node.variable_definitions or () if head.default_value is not None]
        items = [_count_items(value) for value in (*defaults, *(each for head in heads for each in _values_at(head)))]
        return replace(
            size,
            directives=size.directives + sum(counts),
            directives_per_location=max(size.directives_per_location, *counts),
            argument_list_items=max(size.argument_list_items, *items, 0),
        )

    def selection_set(self, node: SelectionSetNode | None) -> Size:
        depth = fields = aliases = root_fields = directives = directives_per_location = argument_list_items = 0
        for selection in node.selections if node else ():
            count = len(selection.directives or ())
            directives += count
            directives_per_location = max(directives_per_location, count)
            for value in _values_at(selection):
                argument_list_items = max(argument_list_items, _count_items(value))
            if isinstance(selection, FieldNode):
                inner = self.selection_set(selection.selection_set)
                depth = max(depth, inner.depth + 1)
                fields += inner.fields + 1
                aliases += inner.aliases + (selection.alias is not None)
                root_fields += 1
            else:
                if isinstance(selection, InlineFragmentNode):
                    inner = self.selection_set(selection.selection_set)
                else:
                    assert isinstance(selection, FragmentSpreadNode)
                    inner = self._fragment(selection.name.value)
                depth = max(depth, inner.depth)
                fields += inner.fields
                aliases += inner.aliases
                root_fields += inner.root_fields
            directives += inner.directives
            directives_per_location = max(directives_per_location, inner.directives_per_location)
            argument_list_items = max(argument_list_items, inner.argument_list_items)
        return Size(depth, fields, aliases, root_fields, directives, directives_per_location, argument_list_items)

    def _fragment(self, name: str) -> Size:
        if name in self._sizes:
            size = self._sizes[name]
            if size is None:
                raise FragmentCycle
            return size
        fragment = self._fragments.get(name)
        if fragment is None:
            return Size()
        self._sizes[name] = None
        size = self._sizes[name] = self.definition(fragment)
        return size


def _values_at(node: Any) -> Iterator[ValueNode]:
    """The values of the arguments at a place, those of its directives included."""
    for argument in getattr(node, "arguments", None) or ():
        yield argument.value
    for directive in node.directives or ():
        for argument in directive.arguments or ():
            yield argument.value


def _count_items(value: ValueNode) -> int:
    """The entries of the longest list in a literal."""
    most, pending = 0, [value]
    while pending:
        node = pending.pop()
        if isinstance(node, ListValueNode):
            most = max(most, len(node.values))
            pending.extend(node.values)
        elif isinstance(node, ObjectValueNode):
            pending.extend(field.value for field in node.fields)
    return most


def _merge(sets: Iterable[SelectionSetNode], fragments: Fragments) -> tuple[dict[str, list[FieldNode]], int]:
    """The fields of the sets by response key, fragments opened once each; and how many fragments were opened."""
    groups: dict[str, list[FieldNode]] = {}
    spread: set[str] = set()
    pending = list(chain.from_iterable(node.selections for node in sets))
    while pending:
        selection = pending.pop()
        if isinstance(selection, FieldNode):
            groups.setdefault((selection.alias or selection.name).value, []).append(selection)
        elif isinstance(selection, InlineFragmentNode):
            pending.extend(selection.selection_set.selections)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in spread:
            spread.add(selection.name.value)
            fragment = fragments.get(selection.name.value)
            if fragment is not None:
                pending.extend(fragment.selection_set.selections)
    return groups, len(spread)
