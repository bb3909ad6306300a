"""Sites: places in a fetch where fields can be added, and groups of objects that are planned together there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from router.graph import FieldEdge
from router.plan import Path, PathStep
from router.planning.fetch_graph import FetchNode
from router.planning.places import Place
from router.planning.position import Position, Signature
from router.planning.tree import Tree
from router.planning.wanted import Wanted
from router.selection import Condition


@dataclass(frozen=True, slots=True)
class Site:
    """A place in a fetch where fields can be added; `conditions` are all those above it."""

    node: FetchNode
    tree: Tree
    place: Place
    path: Path
    position: Position
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Objects at a site: of these types (None: whatever the type), planned as `sample`.

    Objects held as an interface object are planned as the interface; `implementations` are what they really may be.
    """

    types: frozenset[str] | None
    sample: str
    implementations: frozenset[str] = frozenset()

    @property
    def entities(self) -> frozenset[str]:
        """The types that representations are made for."""
        return self.types if self.types is not None else frozenset((self.sample,))

    @property
    def names(self) -> frozenset[str]:
        """All types whose fields get a key."""
        return self.entities | self.implementations


def signature_of(site: Site, want: Wanted) -> Signature:
    """What tells values apart at the site; mutations run once for each response key, whatever their arguments."""
    return want.name, want.arguments, want.key if site.position.is_serial else ""


def narrow_path(path: Path, types: frozenset[str] | None) -> Path:
    """The path, kept at its end to objects of the types."""
    if types is None or not path:
        return path
    return (*path[:-1], replace(path[-1], types=types))


def step_to(key: str, edge: FieldEdge) -> PathStep:
    return PathStep(key, edge.list_depth)
