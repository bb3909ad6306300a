"""A split composed, planned and executed by the router over in-memory subgraphs, beside the whole schema's answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product
from typing import Any

from graphql import ExecutionResult as Truth
from graphql import (
    FieldsOnCorrectTypeRule,
    GraphQLSchema,
    KnownArgumentNamesRule,
    KnownTypeNamesRule,
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    OverlappingFieldsCanBeMergedRule,
    PossibleFragmentSpreadsRule,
    ProvidedRequiredArgumentsRule,
    ScalarLeafsRule,
    UniqueDirectivesPerLocationRule,
    VariablesInAllowedPositionRule,
    execute_sync,
    parse,
    validate,
)
from graphql.language import FieldNode, OperationDefinitionNode

from entrepot.router.composition import SubgraphSchema, compose
from entrepot.router.execution import ExecutionRequest, ExecutionResult, SubgraphRequest, SubgraphResponse, compile_plan
from entrepot.router.graph import build_graph
from entrepot.router.operation import normalize_operation, parse_document
from entrepot.router.plan import QueryPlan
from entrepot.router.planning import plan_operation
from entrepot.router.supergraph import read_supergraph
from tests.support.differential.data import Data, Row
from tests.support.differential.failures import describe_errors
from tests.support.differential.operations import Operation, is_subscription
from tests.support.differential.schemas import Refused, build_subgraph, build_whole
from tests.support.differential.split import Split, print_subgraph
from tests.support.scripted_transport import ScriptedTransport

# The rules that a plan can break; the others are about what a printer never writes, and take most of the time.
_RULES = (
    FieldsOnCorrectTypeRule,
    KnownArgumentNamesRule,
    KnownTypeNamesRule,
    NoUndefinedVariablesRule,
    NoUnusedVariablesRule,
    OverlappingFieldsCanBeMergedRule,
    PossibleFragmentSpreadsRule,
    ProvidedRequiredArgumentsRule,
    ScalarLeafsRule,
    UniqueDirectivesPerLocationRule,
    VariablesInAllowedPositionRule,
)


# Each text is parsed once for all that read it.
_parse = lru_cache(64)(parse)

# The root of each event of a subscription.
_EVENTS = (Row("Subscription", 0), Row("Subscription", 1))


class NotComposable(Exception):
    """The composer refused the subgraphs."""


@dataclass(frozen=True)
class Difference:
    """What the federation answered and what it should have."""

    operation: Operation
    problem: str

    def __str__(self) -> str:
        return f"{self.operation.text}\nvariables: {self.operation.variables}\n{self.problem}"


@dataclass(frozen=True)
class Comparison:
    """The plan (None when planning itself failed), the whole schema's answers, and how the federation's differ."""

    plan: QueryPlan | None
    truths: list[Truth]
    difference: Difference | None = None


class Federation:
    """One split, ready for any number of operations."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self.theirs = Data(split)
        self.ours = Data(split)
        self.every_failure = Data(split, shows_nulls=True)
        self.whole: GraphQLSchema = build_whole(self.theirs)
        self.whole_without_non_null = build_whole(self.every_failure)
        self.subgraphs = {graph: build_subgraph(self.ours, graph) for graph in split.graphs}
        parts = [SubgraphSchema(graph, f"http://{graph}", print_subgraph(split, graph)) for graph in split.graphs]
        result = compose(parts)
        if result.supergraph_sdl is None:
            raise NotComposable("\n".join(map(str, result.errors)))
        self.supergraph = read_supergraph(result.supergraph_sdl)
        self.graph = build_graph(self.supergraph)

    def plan(self, operation: Operation) -> QueryPlan:
        normalized = normalize_operation(self.supergraph, parse_document(operation.text), None)
        return plan_operation(self.graph, normalized, active_labels=self.split.labels)

    async def compare(self, operation: Operation) -> Comparison:
        """Both answers to one operation."""
        for data in (self.theirs, self.ours, self.every_failure):
            data.log.clear()
            data.shows_revisions = self._is_split_whole(operation)
            data.is_failing = operation.is_failing
        assignments = list(self._list_answering(operation))
        self._assume(assignments[0])
        truths = _execute(self.whole, operation)
        plan: QueryPlan | None = None
        refusals: list[str] = []
        try:
            plan = self.plan(operation)
            compiled = compile_plan(plan, api_schema=self.supergraph.api_schema)
            transport = _transport_to(self.subgraphs, refusals, is_failing=operation.is_failing)
            request = ExecutionRequest(transport=transport, variables=operation.variables)
            if plan.subscription is None:
                results = [await compiled.execute(request)]
            else:
                results = [result async for result in compiled.subscribe(request)]
        except Exception as error:  # noqa: BLE001 - whatever the router raises is what this test looks for
            return Comparison(plan, truths, Difference(operation, f"raised {error!r}"))
        problem = "\n".join(refusals) or self._describe_all(operation, truths, results)
        for answering in assignments[1:] if problem and not refusals else ():
            self._assume(answering)
            truths = _execute(self.whole, operation)
            if not self._describe_all(operation, truths, results):
                return Comparison(plan, truths)
        return Comparison(plan, truths, Difference(operation, problem) if problem else None)

    def _list_answering(self, operation: Operation) -> Iterator[dict[str, str]]:
        """Which subgraph may have answered each field of the differing union that is asked."""
        query = self.split.kinds["Query"]
        names = [name for name in query.fields if query.fields[name].target == "Either" and name in operation.text]
        for graphs in product(*(query.owners(name) for name in names)):
            yield dict(zip(names, graphs, strict=True))

    def _assume(self, answering: dict[str, str]) -> None:
        self.theirs.answering = self.every_failure.answering = answering

    def _is_split_whole(self, operation: Operation) -> bool:
        """Whether no two mutations in a row lie in one subgraph.

        Such a run is sent as one request, so that what completes its first field from elsewhere sees all of the run.
        """
        definition = _parse(operation.text).definitions[0]
        assert isinstance(definition, OperationDefinitionNode)
        root = self.split.kinds["Mutation"]
        names = [node.name.value for node in definition.selection_set.selections if isinstance(node, FieldNode)]
        graphs = [root.owners(name) for name in names if name in root.fields]
        is_sure = "(if: true)" not in operation.text and "(if: false)" not in operation.text
        return is_sure and all(left != right for left, right in pairwise(graphs))

    def _describe_all(self, operation: Operation, truths: list[Truth], results: list[ExecutionResult]) -> str:
        if len(truths) != len(results):
            return f"gave {len(results)} answers, not {len(truths)}"
        every: list[Truth] = []
        if any(truth.errors for truth in truths) or any(result.errors for result in results):
            is_sure = not operation.is_failing and not self.theirs.answering
            assert not is_sure or not truths[0].errors, f"{operation.text}: {truths[0].errors}"
            every = _execute(self.whole_without_non_null, operation)
        for index, (truth, result) in enumerate(zip(truths, results, strict=True)):
            problem = self._describe(operation, truth.data, result.data)
            if not problem and every:
                problem = describe_errors(truth, every[index], result.errors)
            if problem:
                return "\n".join([problem, *map(str, result.errors)])
        return ""

    def _describe(self, operation: Operation, truth: Any, answer: Any) -> str:
        if answer != truth:
            return f"answered {json.dumps(answer)}\nnot      {json.dumps(truth)}"
        if self.ours.log != self.theirs.log:
            return f"wrote {self.ours.log}, not {self.theirs.log}"
        # A field selected twice under different conditions has one place in the output, so order is only for the rest.
        if "(if:" not in operation.text and json.dumps(answer) != json.dumps(truth):
            return f"ordered {json.dumps(answer)}\nnot     {json.dumps(truth)}"
        return ""


def _execute(schema: GraphQLSchema, operation: Operation) -> list[Truth]:
    """The answers over one schema: one for each event of a subscription, one for anything else."""
    document = _parse(operation.text)
    roots = _EVENTS if is_subscription(document) else (None,)
    return [execute_sync(schema, document, root, variable_values=operation.variables) for root in roots]


def _transport_to(subgraphs: dict[str, GraphQLSchema], refusals: list[str], *, is_failing: bool) -> ScriptedTransport:
    """The subgraphs as the executor reaches them: by bytes."""

    def execute(request: SubgraphRequest) -> list[bytes]:
        body = json.loads(request.body)
        schema = subgraphs[request.subgraph]
        errors = validate(schema, _parse(body["query"]), _RULES)
        if errors:
            refusals.append(f"{request.subgraph} cannot run {body['query']}: {errors[0].message}")
            raise Refused(refusals[-1])
        results = _execute(schema, Operation(body["query"], body.get("variables") or {}))
        refusals.extend(
            f"{request.subgraph} {body}: {error.message}"
            for result in results
            for error in result.errors or ()
            if not is_failing or isinstance(error.original_error, Refused)
        )
        return [json.dumps(result.formatted).encode() for result in results]

    def respond(request: SubgraphRequest) -> SubgraphResponse:
        (body,) = execute(request)
        return SubgraphResponse(200, {"content-type": "application/json"}, body)

    return ScriptedTransport(respond=respond, events=execute)
