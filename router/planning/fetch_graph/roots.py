"""The root fields of an operation: their subgraphs and, for mutations, their order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from entrepot.router.errors import OperationUnplannable
from entrepot.router.operation import NormalizedOperation
from entrepot.router.planning.collected_fields import CollectedField
from entrepot.router.planning.conditions import deferrals_of
from entrepot.router.planning.fetch_graph.builder import FetchGraphBuilder
from entrepot.router.planning.fetch_graph.model import FetchNode
from entrepot.router.planning.fetch_graph.position import DataPosition
from entrepot.router.planning.fetch_graph.site import ObjectGroup, Site
from entrepot.router.planning.lookahead.cover import choose_cover
from entrepot.router.planning.lookahead.fetch_set import FetchSet
from entrepot.router.planning.lookahead.options import Choice


def assign_roots(
    builder: FetchGraphBuilder, operation: NormalizedOperation, root_type: str, position: DataPosition
) -> None:
    """Assigns every root field; `OperationUnplannable` when one has no plan."""
    builder.root_type = root_type
    collected_fields = [
        collected
        for collected in builder.collector.of(operation.selections, root_type)
        if not collected.name.startswith("__")
    ]
    is_query = operation.kind == "query"
    rows = [builder.estimator.root_choices(root_type, collected, may_split=is_query) for collected in collected_fields]
    for collected, row in zip(collected_fields, rows, strict=True):
        if not row:
            raise OperationUnplannable(f"No subgraph resolves {root_type}.{collected.name} as it was selected.")
    if is_query or operation.kind == "subscription":
        remainder = partial(builder.estimator.remainder.count_root, root_type)
        chosen = choose_cover(rows, 0, builder.estimator.width, builder.budget, remainder)
        for choice in chosen:
            builder.planned |= choice.fetch_set
        for collected, row, choice in zip(collected_fields, rows, chosen, strict=True):
            builder.choose_root(collected, row, choice)
        for collected, choice in sorted(
            zip(collected_fields, chosen, strict=True), key=lambda item: len(item[0].conditions)
        ):
            _assign(builder, root_type, position, collected, choice, segment=0)
        return
    _assign_serial(builder, root_type, position, collected_fields, rows)


def _assign_serial(
    builder: FetchGraphBuilder,
    root_type: str,
    position: DataPosition,
    collected_fields: Sequence[CollectedField],
    rows: Sequence[Sequence[Choice]],
) -> None:
    """Mutations one after another: a run of fields to one subgraph is one request, which keeps their order."""
    segment, previous = -1, ""
    for collected, row in zip(collected_fields, rows, strict=True):
        staying = [choice for choice in row if choice.options[0].edge.subgraph == previous]
        (choice,) = choose_cover(
            [staying or row],
            0,
            builder.estimator.width,
            builder.budget,
            partial(builder.estimator.remainder.count_root, builder.root_type),
        )
        subgraph = choice.options[0].edge.subgraph
        if subgraph != previous:
            segment, previous = segment + 1, subgraph
            builder.planned = 0
        fetch_set: FetchSet = choice.fetch_set
        builder.planned |= fetch_set
        builder.choose_root(collected, row, choice)
        _assign(builder, root_type, position, collected, choice, segment=segment)


def _assign(
    builder: FetchGraphBuilder,
    root_type: str,
    position: DataPosition,
    collected: CollectedField,
    choice: Choice,
    *,
    segment: int,
) -> None:
    touched: set[FetchNode] = set()
    for option in choice.options:
        subgraph = option.edge.subgraph
        deferrals = deferrals_of(collected.conditions)
        node = builder.fetches.add_root(subgraph, segment, deferrals)
        place = builder.places.root(subgraph, root_type)
        site = Site(node, node.tree(root_type), place, (), position, deferrals)
        builder.descend(site, ObjectGroup(None, root_type), collected, option, touched, for_requirement=False)
