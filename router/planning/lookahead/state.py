"""The state of one look-ahead, and the questions that its parts ask each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from entrepot.router.graph import FieldEdge, Graph
from entrepot.router.planning.collected_fields import CollectedField, FieldCollector
from entrepot.router.planning.lookahead.budget import Budget
from entrepot.router.planning.lookahead.entity_moves import EntityMoves
from entrepot.router.planning.lookahead.fetch_set import FetchSet
from entrepot.router.planning.lookahead.options import Choice, Option
from entrepot.router.planning.lookahead.places import SubgraphPosition, SubgraphPositions
from entrepot.router.selection import SelectionSet


@dataclass(slots=True)
class Lookahead(ABC):
    """What a planning run shares; `width` is the number of subgraphs, the bits of a wave in a `FetchSet`.

    Throughout planning, `for_requirement` says that a field is fetched for a `@key` or `@requires` of another field,
    not for the client: its objects then need not be known to all subgraphs that hold the position.
    """

    graph: Graph
    moves: EntityMoves
    collector: FieldCollector
    places: SubgraphPositions
    budget: Budget
    width: int = field(init=False)

    def __post_init__(self) -> None:
        self.width = len(self.graph.subgraphs)

    @abstractmethod
    def complete(self, place: SubgraphPosition, selections: SelectionSet, *, for_requirement: bool) -> FetchSet | None:
        """The fetches that complete the selection at the position, besides the one that holds it; None: impossible."""

    @abstractmethod
    def complete_class(
        self,
        place: SubgraphPosition,
        type_name: str,
        collected_fields: tuple[CollectedField, ...],
        *,
        for_requirement: bool,
    ) -> FetchSet | None:
        """The fetches for all these fields of objects of one type, covered together; None: impossible."""

    @abstractmethod
    def free_edge(self, place: SubgraphPosition, type_name: str, collected: CollectedField) -> FieldEdge | None:
        """The edge of a leaf that is answered where it stands, None for any other field."""

    @abstractmethod
    def choices(
        self, place: SubgraphPosition, type_name: str, collected: CollectedField, *, for_requirement: bool
    ) -> list[Choice]:
        """The ways to resolve the field whole, the one that stays here first; in parts only where none is whole."""

    @abstractmethod
    def has_choice(
        self, place: SubgraphPosition, type_name: str, collected: CollectedField, *, for_requirement: bool
    ) -> bool:
        """Whether the field can be resolved at all."""

    @abstractmethod
    def resolves(self, edge: FieldEdge, place: SubgraphPosition, type_name: str) -> bool:
        """Whether the subgraph that holds the position resolves the field without entering an entity."""

    @abstractmethod
    def stay(
        self,
        place: SubgraphPosition,
        edge: FieldEdge,
        type_name: str,
        selections: SelectionSet,
        *,
        for_requirement: bool,
    ) -> Option | None:
        """The option to resolve the field in the fetch that holds the position; None: impossible below it."""

    @abstractmethod
    def leave(
        self,
        place: SubgraphPosition,
        edge: FieldEdge,
        type_name: str,
        selections: SelectionSet,
        *,
        for_requirement: bool,
    ) -> Option | None:
        """The option to resolve the field by an entity fetch from the edge's subgraph; None: impossible."""
