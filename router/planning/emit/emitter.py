"""Fetch graph to plan nodes: requests joined, printed, and put in sequence and parallel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Sequence as Items
from dataclasses import dataclass, replace

from entrepot.router.errors import OperationUnplannable
from entrepot.router.graph import Graph
from entrepot.router.operation import NormalizedOperation
from entrepot.router.plan import (
    ConditionNode,
    ContextInput,
    DeferredPart,
    EntityFetch,
    Fetch,
    Parallel,
    Path,
    PlanNode,
    Representation,
    Sequence,
    declare_variables,
)
from entrepot.router.planning.conditions import PRIMARY, Conditions, without_deferrals
from entrepot.router.planning.emit.requests import Request, join_requests, split_independent
from entrepot.router.planning.fetch_graph.model import FetchGraph, FetchNode
from entrepot.router.planning.fetch_graph.tree import build_selections, spread_conditions
from entrepot.router.selection import (
    Argument,
    Deferral,
    Field,
    InlineFragment,
    Selection,
    SelectionSet,
    collect_variables,
    print_selections,
    rename_variables,
)


@dataclass(frozen=True, slots=True)
class _Call:
    """One entity fetch before it has a name."""

    paths: tuple[Path, ...]
    representations: tuple[Representation, ...]
    selections: SelectionSet
    conditions: Conditions
    contexts: tuple[ContextInput, ...]


@dataclass(slots=True)
class Emitter:
    """Turns the fetch graph of one operation into plan nodes; fetches are numbered in the order they are written."""

    graph: Graph
    operation: NormalizedOperation
    _count: int = 0

    def emit(self, fetches: FetchGraph) -> tuple[PlanNode | None, Fetch | None, tuple[DeferredPart, ...]]:
        """The plan's root, for a subscription the fetch that opens the stream, and the deferred parts."""
        joined = join_requests(fetches, self.graph)
        requests = [request for request in joined if request.part == PRIMARY]
        subscription: Fetch | None = None
        if self.operation.kind == "subscription":
            opening = next((request for request in requests if request.wave == 0), None)
            if opening is None:
                raise OperationUnplannable("A subscription selects one root field, and this one selects none.")
            step = self._emit_request(opening)
            assert isinstance(step, Fetch)
            subscription = step
            requests = [request for request in requests if request is not opening]
            for request in requests:
                request.waits_for.discard(opening)
        segments: dict[int, list[Request]] = defaultdict(list)
        for request in requests:
            segments[request.segment].append(request)
        steps = [self._arrange(segments[segment]) for segment in sorted(segments)]
        root = _sequence(steps)
        return root, subscription, tuple(self._emit_part(deferral, joined) for deferral in self.operation.deferrals)

    def _emit_part(self, deferral: Deferral, joined: Iterable[Request]) -> DeferredPart:
        requests = [request for request in joined if request.part == deferral.number]
        return DeferredPart(deferral, self._arrange(requests) if requests else None)

    def _arrange(self, requests: list[Request]) -> PlanNode:
        """Independent groups of requests in parallel; within a group, what waits for nothing goes first."""
        groups = split_independent(requests)
        if len(groups) > 1:
            return _parallel([self._arrange(group) for group in groups])
        inside = set(requests)
        first = [request for request in requests if not request.waits_for & inside]
        rest = [request for request in requests if request.waits_for & inside]
        steps: list[PlanNode] = [_parallel([self._emit_request(request) for request in first])]
        if rest:
            steps.append(self._arrange(rest))
        whole = _sequence(steps)
        assert whole is not None
        return whole

    def _emit_request(self, request: Request) -> PlanNode:
        roots = [node for node in request.nodes if node.is_root]
        if roots:
            return self._emit_root(request, roots)
        if request.nodes[0].is_nested_root:
            return self._emit_nested_root(request.nodes[0])
        calls = _join_calls([self._call(node) for node in request.nodes])
        shared = calls[0].conditions
        if any(call.conditions != shared for call in calls):
            shared = ()
        calls = [call if call.conditions != shared else _without_conditions(call) for call in calls]
        return _conditional(shared, self._entity_fetch(request.subgraph, calls))

    def _emit_root(self, request: Request, roots: list[FetchNode]) -> PlanNode:
        (tree,) = (tree for node in roots for tree in node.trees.values())
        selections = build_selections(tree, self.graph)
        shared = selections[0].conditions
        if self.operation.kind == "subscription" or any(item.conditions != shared for item in selections):
            shared = ()
        if shared:
            selections = tuple(map(_strip, selections))
        fetch = self._fetch(
            request.subgraph, f"{{ {print_selections(selections)} }}", collect_variables(selections), ()
        )
        return _conditional(shared, fetch)

    def _emit_nested_root(self, node: FetchNode) -> PlanNode:
        (tree,) = node.trees.values()
        selections = build_selections(tree, self.graph)
        body, used = f"{{ {print_selections(selections)} }}", collect_variables(selections)
        fetch = self._fetch(node.subgraph, body, used, (), paths=(node.final_path(),))
        return _conditional(without_deferrals(node.conditions), fetch)

    def _call(self, node: FetchNode) -> _Call:
        own: dict[tuple[str, SelectionSet, frozenset[str]], list[str]] = {}
        whole: list[Representation] = []
        for name, sent in sorted(node.inputs.items(), key=lambda item: item[0] or ""):
            fields, keys = tuple(sent.fields.values()), frozenset(sent.keys)
            if name is None:
                whole.append(Representation(None, sent.typename, fields, keys))
            else:
                typename = "" if sent.typename == name else sent.typename
                own.setdefault((typename, fields, keys), []).append(name)
        narrowed = [
            Representation(frozenset(names), typename or (names[0] if len(names) == 1 else None), fields, keys)
            for (typename, fields, keys), names in own.items()
        ]
        selections: list[Selection] = [
            InlineFragment(name, build_selections(tree, self.graph)) for name, tree in sorted(node.trees.items())
        ]
        contexts = tuple(node.contexts[name] for name in sorted(node.contexts))
        conditions = without_deferrals(node.conditions)
        return _Call((node.final_path(),), tuple(narrowed + whole), tuple(selections), conditions, contexts)

    def _entity_fetch(self, subgraph: str, calls: Items[_Call]) -> Fetch:
        used = frozenset[str]().union(*(collect_variables(call.selections) for call in calls))
        used |= {condition.variable for call in calls for condition in call.conditions}
        names = _Names({variable.name for variable in self.operation.variables})
        has_contexts = any(call.contexts for call in calls)
        entities: list[EntityFetch] = []
        fields: list[str] = []
        definitions: list[str] = []
        for index, call in enumerate(calls):
            suffix = "" if len(calls) == 1 else f"_{index}"
            alias = f"_entities{suffix}"
            variable = names.fresh(f"representations{suffix}", is_repeated=bool(call.contexts))
            argument = Argument("representations", f"${variable}", frozenset((variable,)))
            contexts = tuple(
                replace(item, variable=names.fresh(f"context{suffix}_{number}", is_repeated=True))
                for number, item in enumerate(call.contexts)
            )
            called = {old.variable: new.variable for old, new in zip(call.contexts, contexts, strict=True)}
            selections = rename_variables(call.selections, called) if called else call.selections
            written = spread_conditions(
                Field("_entities", None if alias == "_entities" else alias, (argument,), selections, call.conditions)
            )
            fields.append(print_selections((written,)))
            kept = written if has_contexts else None
            made = EntityFetch(alias, variable, call.paths, call.representations, call.conditions, contexts, kept)
            definitions += declare_variables(made)
            entities.append(made)
        return self._fetch(subgraph, f"{{ {' '.join(fields)} }}", used, definitions, tuple(entities))

    def _fetch(
        self,
        subgraph: str,
        body: str,
        used: frozenset[str],
        definitions: Iterable[str],
        entities: tuple[EntityFetch, ...] = (),
        paths: tuple[Path, ...] = (),
    ) -> Fetch:
        number, self._count = self._count, self._count + 1
        kind = "query" if entities or paths else self.operation.kind
        directives = tuple(item for item in self.operation.directives if kind in item.kinds)
        used = used.union(*(item.variables for item in directives))
        variables = [item for item in self.operation.variables if item.name in used]
        declared = [*definitions, *map(str, variables)]
        subgraph = self.graph.subgraph_name(subgraph)
        name = _operation_name(self.operation.name, subgraph, number)
        head = kind if name is None else f"{kind} {name}"
        if declared:
            head += f"({', '.join(declared)})"
        elif name is None and kind == "query" and not directives:
            head = ""
        head += "".join(f" {item.text}" for item in directives)
        return Fetch(
            id=number,
            subgraph=subgraph,
            kind=kind,
            operation=f"{head} {body}".lstrip(),
            operation_name=name,
            variables=tuple(item.name for item in variables),
            declared=tuple(map(str, variables)) if any(call.contexts for call in entities) else (),
            directives=tuple(Argument("@", item.text, item.variables) for item in directives),
            entities=entities,
            paths=paths,
        )


@dataclass(slots=True)
class _Names:
    """Variable names that the client does not use; a repeated one also as the beginning of no other's name."""

    taken: set[str]

    def fresh(self, name: str, *, is_repeated: bool = False) -> str:
        while name in self.taken or (is_repeated and any(other.startswith(f"{name}_") for other in self.taken)):
            name = f"_{name}"
        self.taken.add(name)
        return name


def _operation_name(name: str | None, subgraph: str, number: int) -> str | None:
    if name is None:
        return None
    clean = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in subgraph)
    return f"{name}__{clean}__{number}"


def _join_calls(calls: Iterable[_Call]) -> list[_Call]:
    """Calls that send and ask the same, at several paths, as one call whose representations are shared."""
    grouped: dict[tuple[object, ...], list[_Call]] = {}
    for call in calls:
        grouped.setdefault((call.representations, call.selections, call.conditions, call.contexts), []).append(call)
    return [replace(group[0], paths=tuple(path for call in group for path in call.paths)) for group in grouped.values()]


def _without_conditions(call: _Call) -> _Call:
    return replace(call, conditions=())


def _strip(item: Selection) -> Selection:
    if isinstance(item, Field):
        return Field(item.name, item.alias, item.arguments, item.selections)
    return InlineFragment(item.type_condition, item.selections)


def _conditional(conditions: Conditions, step: PlanNode) -> PlanNode:
    return ConditionNode(conditions, step) if conditions else step


def _sequence(steps: list[PlanNode]) -> PlanNode | None:
    flat = [inner for step in steps for inner in (step.steps if isinstance(step, Sequence) else (step,))]
    if len(flat) > 1:
        return Sequence(tuple(flat))
    return flat[0] if flat else None


def _parallel(steps: list[PlanNode]) -> PlanNode:
    return steps[0] if len(steps) == 1 else Parallel(tuple(steps))
