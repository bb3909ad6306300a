"""The selection of one fetch while it is built: fields by types and conditions."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.router.graph import FieldEdge, Graph
from entrepot.router.planning.conditions import Conditions
from entrepot.router.selection import Argument, Field, InlineFragment, Selection, SelectionSet, print_selections

_Place = tuple[frozenset[str] | None, Conditions, str]


@dataclass(slots=True, eq=False)
class TreeField:
    """A field of the tree; `below` is None for a leaf."""

    name: str
    arguments: tuple[Argument, ...]
    below: Tree | None

    def is_like(self, other: TreeField) -> bool:
        """Whether both ask for the same field, and for the same below it."""
        if (self.name, self.arguments) != (other.name, other.arguments) or self.below is None or other.below is None:
            return (self.name, self.arguments, self.below) == (other.name, other.arguments, other.below)
        return self.below.is_like(other.below)


@dataclass(slots=True, eq=False)
class Tree:
    """Selections on one declared type of one subgraph; entries without types apply to every object."""

    subgraph: str
    type_name: str
    entries: dict[_Place, TreeField] = field(default_factory=dict)
    has_typename: bool = False

    def add(
        self,
        types: frozenset[str] | None,
        conditions: Conditions,
        key: str,
        edge: FieldEdge,
        arguments: tuple[Argument, ...],
    ) -> TreeField:
        """The entry of the field, which is added if it does not exist."""
        place = (types, conditions, key)
        found = self.entries.get(place)
        if found is None:
            below = None if edge.is_leaf else Tree(self.subgraph, edge.type_name)
            found = self.entries[place] = TreeField(edge.name, arguments, below)
        elif arguments != found.arguments:
            # One field for the client and for a requirement: the directives of the client's own stand on it.
            found.arguments = tuple(dict.fromkeys((*found.arguments, *arguments)))
        return found

    def is_like(self, other: Tree) -> bool:
        """Whether both ask the same of the same type."""
        return (
            self.type_name == other.type_name
            and self.has_typename == other.has_typename
            and self.entries.keys() == other.entries.keys()
            and all(entry.is_like(other.entries[place]) for place, entry in self.entries.items())
        )


def build_selections(tree: Tree, graph: Graph) -> SelectionSet:
    """The tree as a selection valid in its subgraph: fragments only where an interface does not have the field."""
    node = graph.nodes[tree.subgraph, tree.type_name]
    plain: list[Selection] = []
    typed: dict[str, list[Selection]] = {}
    for item, types in _grouped(tree, graph):
        fits = types is None or not node.is_abstract or types >= node.possible_types
        if fits and _is_declared(item, tree, graph):
            plain.append(item)
            continue
        for name in sorted(node.possible_types if types is None else types & node.possible_types):
            typed.setdefault(name, []).append(item)
    head: list[Selection] = [Field("__typename")] if tree.has_typename else []
    fragments: dict[tuple[Selection, ...], list[str]] = {}
    for name in sorted(typed):
        fragments.setdefault(tuple(typed[name]), []).append(name)
    selections: list[Selection] = head + _without_repeats(plain)
    for items, names in fragments.items():
        selections += [InlineFragment(name, tuple(_without_repeats(list(items)))) for name in names]
    return tuple(selections) or (Field("__typename"),)


def _grouped(tree: Tree, graph: Graph) -> list[tuple[Selection, frozenset[str] | None]]:
    """Printed fields, each once, with all its types."""
    found: dict[Selection, frozenset[str] | None] = {}
    for (types, conditions, key), entry in tree.entries.items():
        below = build_selections(entry.below, graph) if entry.below is not None else ()
        alias = None if key == entry.name else key
        item = spread_conditions(Field(entry.name, alias, entry.arguments, below, conditions))
        known = found.get(item, frozenset())
        found[item] = None if types is None or known is None else known | types
    return list(found.items())


def spread_conditions(item: Field) -> Selection:
    """The field with one `@include` and one `@skip` at most: neither may repeat, so others go on fragments around."""
    if not item.conditions:
        return item
    own = {condition.expected: condition for condition in item.conditions}
    rest = tuple(condition for condition in item.conditions if condition not in own.values())
    kept = tuple(condition for condition in item.conditions if condition in own.values())
    selection: Selection = Field(item.name, item.alias, item.arguments, item.selections, kept)
    for condition in rest:
        selection = InlineFragment(None, (selection,), (condition,))
    return selection


def _is_declared(item: Selection, tree: Tree, graph: Graph) -> bool:
    """Whether the field can be written on the tree's own type, and means the same there as on its implementations."""
    if isinstance(item, InlineFragment):
        return all(_is_declared(inner, tree, graph) for inner in item.selections)
    node = graph.nodes[tree.subgraph, tree.type_name]
    declared = node.fields.get(item.name)
    if declared is None:
        return False
    if not node.is_abstract or not item.selections:
        return True
    return all(
        graph.nodes[tree.subgraph, name].fields.get(item.name) == declared
        for name in node.possible_types
        if (tree.subgraph, name) in graph.nodes
    )


def _without_repeats(items: list[Selection]) -> list[Selection]:
    """A conditional leaf that is also there without conditions says nothing more."""
    always = {(item.response_key, item.name) for item in items if isinstance(item, Field) and not item.conditions}
    return [
        item
        for item in items
        if not (
            isinstance(item, Field)
            and item.conditions
            and not item.selections
            and (item.response_key, item.name) in always
        )
    ]


def print_tree(tree: Tree, graph: Graph) -> str:
    """The tree as GraphQL text, without the outer braces."""
    return print_selections(build_selections(tree, graph))
