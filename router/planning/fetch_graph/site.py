"""Sites: places in a fetch where fields can be added, and groups of objects that are planned together there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from entrepot.router.graph import ContextUse, FieldEdge
from entrepot.router.plan import Path, PathStep
from entrepot.router.planning.conditions import Conditions
from entrepot.router.planning.fetch_graph.model import FetchNode
from entrepot.router.planning.fetch_graph.position import DataPosition
from entrepot.router.planning.fetch_graph.tree import Tree
from entrepot.router.planning.lookahead.places import SubgraphPosition
from entrepot.router.selection import print_selections


@dataclass(frozen=True, slots=True)
class Site:
    """A place in a fetch where fields can be added.

    `conditions` are all those above it, `contexts` the objects above it that set contexts, by name, the nearest each.
    """

    node: FetchNode
    tree: Tree
    place: SubgraphPosition
    path: Path
    position: DataPosition
    conditions: Conditions
    contexts: Mapping[str, ContextSite] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObjectGroup:
    """Objects at a site: of these types (None: whatever the type), planned as `sample`.

    Objects held as an interface object are planned as the interface; `implementations` are what they really may be.
    """

    types: frozenset[str] | None
    representative: str
    implementations: frozenset[str] = frozenset()

    @property
    def entities(self) -> frozenset[str]:
        """The types that representations are made for."""
        return self.types if self.types is not None else frozenset((self.representative,))

    @property
    def names(self) -> frozenset[str]:
        """All types whose fields get a key."""
        return self.entities | self.implementations


@dataclass(frozen=True, slots=True)
class ContextSite:
    """Objects that set a context."""

    site: Site
    group: ObjectGroup


def placeholder(use: ContextUse) -> str:
    """The variable that stands for a context's value until emission names it: no variable of a client reads so."""
    return f"{use.context}({print_selections(use.selections)}): {use.type}"


def narrow_path(path: Path, types: frozenset[str] | None) -> Path:
    """The path, kept at its end to objects of the types."""
    if types is None or not path:
        return path
    return (*path[:-1], replace(path[-1], types=types))


def step_to(key: str, edge: FieldEdge) -> PathStep:
    return PathStep(key, edge.list_depth)
