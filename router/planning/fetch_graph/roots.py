"""The root of an operation: which subgraphs are asked first, and for mutations in which order."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.router.errors import OperationUnplannable
from entrepot.router.operation import NormalizedOperation
from entrepot.router.planning.collected_fields import Wanted
from entrepot.router.planning.conditions import deferrals_of
from entrepot.router.planning.fetch_graph.builder import FetchGraphBuilder
from entrepot.router.planning.fetch_graph.model import FetchNode
from entrepot.router.planning.fetch_graph.position import Position
from entrepot.router.planning.fetch_graph.site import Group, Site
from entrepot.router.planning.lookahead.cover import choose_cover
from entrepot.router.planning.lookahead.fetch_set import Cost
from entrepot.router.planning.lookahead.options import Choice


def assign_roots(
    assigner: FetchGraphBuilder, operation: NormalizedOperation, root_type: str, position: Position
) -> None:
    """Assigns every root field; `OperationUnplannable` when one has no plan."""
    assigner.root_type = root_type
    wants = [want for want in assigner.wants.of(operation.selections, root_type) if not want.name.startswith("__")]
    is_query = operation.kind == "query"
    rows = [assigner.walk.root_choices(root_type, want, may_split=is_query) for want in wants]
    for want, row in zip(wants, rows, strict=True):
        if not row:
            raise OperationUnplannable(f"No subgraph resolves {root_type}.{want.name} as it was selected.")
    if is_query or operation.kind == "subscription":
        chosen = choose_cover(rows, 0, assigner.walk.width, assigner.budget)
        for choice in chosen:
            assigner.spent |= choice.cost
        for want, row, choice in zip(wants, rows, chosen, strict=True):
            assigner.choose_root(want, row, choice)
        for want, choice in sorted(zip(wants, chosen, strict=True), key=lambda item: len(item[0].conditions)):
            _assign(assigner, root_type, position, want, choice, segment=0)
        return
    _assign_serial(assigner, root_type, position, wants, rows)


def _assign_serial(
    assigner: FetchGraphBuilder,
    root_type: str,
    position: Position,
    wants: Sequence[Wanted],
    rows: Sequence[Sequence[Choice]],
) -> None:
    """Mutations one after another: a run of fields to one subgraph is one request, which keeps their order."""
    segment, previous = -1, ""
    for want, row in zip(wants, rows, strict=True):
        staying = [choice for choice in row if choice.options[0].edge.graph == previous]
        (choice,) = choose_cover([staying or row], 0, assigner.walk.width, assigner.budget)
        graph = choice.options[0].edge.graph
        if graph != previous:
            segment, previous = segment + 1, graph
            assigner.spent = 0
        cost: Cost = choice.cost
        assigner.spent |= cost
        assigner.choose_root(want, row, choice)
        _assign(assigner, root_type, position, want, choice, segment=segment)


def _assign(
    assigner: FetchGraphBuilder, root_type: str, position: Position, want: Wanted, choice: Choice, *, segment: int
) -> None:
    touched: set[FetchNode] = set()
    for option in choice.options:
        graph = option.edge.graph
        deferrals = deferrals_of(want.conditions)
        node = assigner.fetches.add_root(graph, segment, deferrals)
        place = assigner.places.root(graph, root_type)
        site = Site(node, node.tree(root_type), place, (), position, deferrals)
        assigner.descend(site, Group(None, root_type), want, option, touched, for_requirement=False)
