"""Operation to plan: walk, cover, assign, optimize, emit."""

from __future__ import annotations

from router.errors import PlanningBudgetSpent
from router.graph import Graph
from router.operation import NormalizedOperation
from router.plan import IntrospectionField, QueryPlan
from router.planning.assign import Assigner
from router.planning.budget import DEFAULT_BUDGET, Budget
from router.planning.emit import Emitter
from router.planning.hops import hops_of
from router.planning.optimize import optimize
from router.planning.output import Output
from router.planning.places import Places
from router.planning.position import Position
from router.planning.roots import assign_roots
from router.planning.walk import Walk
from router.planning.wanted import Wanted, Wants
from router.selection import Field, collect_variables, print_selections

_GREEDY_SHARE = 2


def plan_operation(
    graph: Graph,
    operation: NormalizedOperation,
    budget: int = DEFAULT_BUDGET,
    *,
    active_labels: frozenset[str] = frozenset(),
) -> QueryPlan:
    """The cheapest plan found for the operation: fewest waves, then fewest fetches, then names decide.

    Pure and deterministic. `budget` is the number of steps the search may take; a search that would take more gives
    way to a greedy one within what is kept back for it. `active_labels` are the labels of progressive `@override`
    that hold for this request. `OperationUnplannable` when no subgraph can resolve a selection;
    `PlanningBudgetSpent` when not even the greedy search finished, or the operation nests too deeply.
    """
    view = graph.view(active_labels)
    reserve = budget // _GREEDY_SHARE
    try:
        try:
            return _plan(view, operation, Budget(budget - reserve))
        except PlanningBudgetSpent:
            return _plan(view, operation, Budget(reserve, is_greedy=True))
    except RecursionError as error:
        raise PlanningBudgetSpent("The operation is too complex: it nests too deeply to be planned.") from error


def _plan(graph: Graph, operation: NormalizedOperation, budget: Budget) -> QueryPlan:
    wants = Wants(graph)
    hops = hops_of(graph)
    places = Places(graph, hops)
    walk = Walk(graph, hops, wants, places, budget)
    root_type = graph.supergraph.root_types[operation.kind]
    position = Position(is_abstract=False, is_serial=operation.kind == "mutation")
    assigner = Assigner(graph, hops, wants, places, walk, budget)
    assign_roots(assigner, operation, root_type, position)
    assigner.tell_types()
    optimize(assigner.fetches)
    root, subscription = Emitter(graph, operation).emit(assigner.fetches)
    output = Output(graph, wants, graph.supergraph.api_schema)
    return QueryPlan(
        kind=operation.kind,
        root=root,
        output=output.build(position, operation.selections, root_type),
        subscription=subscription,
        introspection=tuple(
            _introspection(want, operation)
            for want in wants.of(operation.selections, root_type)
            if want.name in {"__schema", "__type"}
        ),
    )


def _introspection(want: Wanted, operation: NormalizedOperation) -> IntrospectionField:
    """One root field of introspection as an operation of its own, under its response key."""
    alias = None if want.key == want.name else want.key
    item = Field(want.name, alias, want.arguments, want.selections)
    used = collect_variables((item,))
    variables = [str(variable) for variable in operation.variables if variable.name in used]
    head = f"query ({', '.join(variables)})" if variables else "query"
    conditions = (want.conditions,) if want.conditions else ()
    return IntrospectionField(want.key, f"{head} {{ {print_selections((item,))} }}", conditions)
