"""The query planner: look-ahead, cover, fetch graph, optimization, plan nodes."""

from __future__ import annotations

from entrepot.router.errors import PlanningBudgetSpent
from entrepot.router.graph import Graph
from entrepot.router.operation import NormalizedOperation, print_operation
from entrepot.router.plan import IntrospectionField, QueryPlan
from entrepot.router.planning.collected_fields import CollectedField, FieldCollector
from entrepot.router.planning.conditions import without_deferrals
from entrepot.router.planning.emit.emitter import Emitter
from entrepot.router.planning.emit.output import Output
from entrepot.router.planning.fetch_graph.builder import FetchGraphBuilder
from entrepot.router.planning.fetch_graph.model import FetchGraph
from entrepot.router.planning.fetch_graph.optimize import optimize
from entrepot.router.planning.fetch_graph.position import DataPosition
from entrepot.router.planning.fetch_graph.roots import assign_roots
from entrepot.router.planning.lookahead.budget import DEFAULT_BUDGET, Budget
from entrepot.router.planning.lookahead.cost_estimator import CostEstimator
from entrepot.router.planning.lookahead.entity_moves import moves_of
from entrepot.router.planning.lookahead.places import SubgraphPositions
from entrepot.router.planning.stages import Observe, ignore_stage, print_decisions, print_fetches, print_reach
from entrepot.router.selection import Field, collect_variables, print_selections


def plan_operation(
    graph: Graph,
    operation: NormalizedOperation,
    budget: int = DEFAULT_BUDGET,
    *,
    active_labels: frozenset[str] = frozenset(),
    observe: Observe = ignore_stage,
) -> QueryPlan:
    """The cheapest plan found for the operation: fewest waves, then fewest fetches.

    Pure and deterministic. `budget` is the number of steps the search may take; a search that has taken half of them
    goes on greedily from there. `active_labels` are the labels of progressive `@override` that hold for this request.
    `observe` hears of the stages in their order, each as text. `OperationUnplannable` when no subgraph can resolve a
    selection; `PlanningBudgetSpent` when not even the greedy search finished, or the operation nests too deeply.
    """
    view = graph.view(active_labels)
    try:
        return _plan(view, operation, Budget(budget), observe)
    except RecursionError as error:
        raise PlanningBudgetSpent("The operation is too complex: it nests too deeply to be planned.") from error


def _plan(graph: Graph, operation: NormalizedOperation, budget: Budget, observe: Observe) -> QueryPlan:
    collector = FieldCollector(graph)
    moves = moves_of(graph)
    places = SubgraphPositions(graph, moves)
    estimator = CostEstimator(graph, moves, collector, places, budget)
    root_type = graph.supergraph.root_types[operation.kind]
    position = DataPosition(is_abstract=False, is_serial=operation.kind == "mutation")
    builder = FetchGraphBuilder(
        graph, moves, collector, places, estimator, budget, FetchGraph(), is_deferring=bool(operation.deferrals)
    )
    observe("operation", lambda: print_operation(operation))
    assign_roots(builder, operation, root_type, position)
    builder.request_typenames()
    fetches = builder.fetches
    observe("reach", lambda: print_reach(graph, collector.list_all()))
    observe("cover", lambda: print_decisions(builder.decisions, graph))
    observe("fetch graph", lambda: print_fetches(fetches, graph))
    optimize(fetches, lambda name: observe(f"fetch graph after {name}", lambda: print_fetches(fetches, graph)))
    root, subscription, deferred = Emitter(graph, operation).emit(fetches)
    output = Output(graph, collector, graph.supergraph.api_schema)
    collected_fields = collector.of(operation.selections, root_type)
    introspection = tuple(
        _introspection(collected, operation)
        for collected in collected_fields
        if collected.name in {"__schema", "__type"}
    )
    return QueryPlan(
        kind=operation.kind,
        root=root,
        output=output.build(position, operation.selections, root_type),
        subscription=subscription,
        introspection=introspection,
        deferred=deferred,
        root_keys=tuple(dict.fromkeys(item.key for item in collected_fields)) if introspection else (),
        nullable_conditions=operation.nullable_conditions,
    )


def _introspection(collected: CollectedField, operation: NormalizedOperation) -> IntrospectionField:
    """One root field of introspection as an operation of its own, under its response key."""
    alias = None if collected.key == collected.name else collected.key
    item = Field(collected.name, alias, collected.arguments, collected.selections)
    used = collect_variables((item,))
    variables = [str(variable) for variable in operation.variables if variable.name in used]
    head = f"query ({', '.join(variables)})" if variables else "query"
    # Known at once, so that it is never delivered later.
    remaining = without_deferrals(collected.conditions)
    conditions = (remaining,) if remaining else ()
    return IntrospectionField(collected.key, f"{head} {{ {print_selections((item,))} }}", conditions)
