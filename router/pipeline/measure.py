"""How much a document asks: depth, fields, aliases, and the pairs of fields that validation must compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from graphql.language import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

Fragments = Mapping[str, FragmentDefinitionNode]


@dataclass(frozen=True, slots=True)
class Size:
    """How much a selection set asks, its fragments counted each time that they are spread."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    root_fields: int = 0


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
            roots.append((definition.selection_set, measure.selection_set(definition.selection_set)))
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

    def selection_set(self, node: SelectionSetNode | None) -> Size:
        depth = fields = aliases = root_fields = 0
        for selection in node.selections if node else ():
            if isinstance(selection, FieldNode):
                inner = self.selection_set(selection.selection_set)
                depth = max(depth, inner.depth + 1)
                fields += inner.fields + 1
                aliases += inner.aliases + (selection.alias is not None)
                root_fields += 1
                continue
            if isinstance(selection, InlineFragmentNode):
                inner = self.selection_set(selection.selection_set)
            else:
                assert isinstance(selection, FragmentSpreadNode)
                inner = self._fragment(selection.name.value)
            depth = max(depth, inner.depth)
            fields += inner.fields
            aliases += inner.aliases
            root_fields += inner.root_fields
        return Size(depth, fields, aliases, root_fields)

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
        size = self._sizes[name] = self.selection_set(fragment.selection_set)
        return size


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
