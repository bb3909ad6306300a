"""The directed acyclic graph of fetches: what each asks of which subgraph, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from entrepot.router.plan import ContextInput, Path
from entrepot.router.planning.conditions import Conditions, part_of
from entrepot.router.planning.fetch_graph.tree import Tree
from entrepot.router.selection import Field, Selection, SelectionSet


@dataclass(slots=True, eq=False)
class RepresentationInputs:
    """The representation of one type while it grows: fields by what they say, and which of them are keys."""

    typename: str
    fields: dict[tuple[str | None, ...], Selection] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)

    def admits(self, selections: SelectionSet) -> bool:
        """Whether the selections can be sent along: one name cannot stand for two values, read from different keys."""
        return _agree(tuple(self.fields.values()), selections)

    def add(self, selections: SelectionSet, *, is_key: bool) -> None:
        merge_selections(self.fields, selections)
        if is_key:
            self.keys.update(item.response_key for item in selections if isinstance(item, Field))


@dataclass(slots=True, eq=False)
class FetchNode:
    """One root selection or one entity fetch on its way into a request.

    `wave` is one more than the last wave it waits for; `segment` numbers the steps of a mutation, which follow each
    other. An entity fetch completes objects at `path`, by representations for each type (None: whatever the type), and
    by values of `contexts`, whose variables have the names that stand for them in the trees. `part` is the deferred
    fragment that the fetch is made for, or PRIMARY.
    """

    number: int
    subgraph: str
    wave: int
    segment: int
    path: Path = ()
    conditions: Conditions = ()
    trees: dict[str, Tree] = field(default_factory=dict)
    inputs: dict[str | None, RepresentationInputs] = field(default_factory=dict)
    waits_for: set[FetchNode] = field(default_factory=set)
    contexts: Mapping[str, ContextInput] = field(default_factory=dict)
    part: int = field(init=False)

    def __post_init__(self) -> None:
        self.part = part_of(self.conditions)

    @property
    def is_root(self) -> bool:
        return not self.inputs

    @property
    def is_nested_root(self) -> bool:
        """Whether it asks root fields for objects at its path: entities are sent a key, the root is sent nothing."""
        return bool(self.inputs) and not any(sent.fields for sent in self.inputs.values())

    def tree(self, type_name: str) -> Tree:
        found = self.trees.get(type_name)
        if found is None:
            found = self.trees[type_name] = Tree(self.subgraph, type_name)
        return found

    def final_path(self) -> Path:
        """The path, narrowed at its end to the types that have a representation."""
        if not self.path or None in self.inputs:
            return self.path
        types = frozenset(name for name in self.inputs if name is not None)
        return (*self.path[:-1], replace(self.path[-1], types=types))


@dataclass(frozen=True, slots=True)
class EntityFetchKey:
    """What entity fetchs have in common that are one.

    `types` are those that an interface object is entered for, which it cannot tell from others. What needs other
    `contexts` is fetched separately: an object for which one is missing must not lose the others.
    """

    subgraph: str
    path: Path
    wave: int
    segment: int
    conditions: Conditions
    types: frozenset[str] | None
    contexts: frozenset[str]


@dataclass(slots=True)
class FetchGraph:
    """All fetch nodes of a plan, found again by what would make them the same request."""

    nodes: list[FetchNode] = field(default_factory=list)
    _calls: dict[EntityFetchKey, list[FetchNode]] = field(default_factory=dict)

    def add_root(self, subgraph: str, segment: int, conditions: Conditions = ()) -> FetchNode:
        for node in self.nodes:
            if node.is_root and (node.subgraph, node.segment, node.conditions) == (subgraph, segment, conditions):
                return node
        node = FetchNode(len(self.nodes), subgraph, 0, segment, (), conditions)
        self.nodes.append(node)
        return node

    def find_call(self, place: EntityFetchKey, sent: Mapping[str | None, SelectionSet]) -> FetchNode | None:
        """The entity fetch there that can send this too, if there is one."""
        for node in self._calls.get(place, ()):
            if all(name not in node.inputs or node.inputs[name].admits(fields) for name, fields in sent.items()):
                return node
        return None

    def add_call(self, place: EntityFetchKey, contexts: Mapping[str, ContextInput]) -> FetchNode:
        node = FetchNode(len(self.nodes), place.subgraph, place.wave, place.segment, place.path, place.conditions)
        node.contexts = contexts
        self._calls.setdefault(place, []).append(node)
        self.nodes.append(node)
        return node


def _agree(left: SelectionSet, right: SelectionSet) -> bool:
    known = {item.name: item for item in left if isinstance(item, Field)}
    for item in right:
        other = known.get(item.name) if isinstance(item, Field) else None
        if other is None or not isinstance(item, Field):
            continue
        if other.response_key != item.response_key or not _agree(other.selections, item.selections):
            return False
    return True


def merge_selections(found: dict[tuple[str | None, ...], Selection], selections: Iterable[Selection]) -> None:
    """Adds selections to those found, by key: what is there already grows by what is selected below it."""
    for item in selections:
        place = (item.response_key, item.name) if isinstance(item, Field) else (None, item.type_condition)
        known = found.get(place)
        if known is None or not item.selections:
            found.setdefault(place, item)
            continue
        below: dict[tuple[str | None, ...], Selection] = {}
        merge_selections(below, known.selections)
        merge_selections(below, item.selections)
        found[place] = replace(known, selections=tuple(below.values()))
