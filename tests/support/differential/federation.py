"""A split composed, planned and executed by the router over in-memory subgraphs, beside the whole schema's answer."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

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

from router.composition import SubgraphSchema, compose
from router.execution import ExecutionRequest, SubgraphRequest, SubgraphResponse, compile_plan
from router.graph import build_graph
from router.operation import normalize_operation, parse_document
from router.plan import QueryPlan
from router.planning import plan_operation
from router.supergraph import read_supergraph
from tests.support.differential.data import Data
from tests.support.differential.operations import Operation
from tests.support.differential.schemas import Refused, build_subgraph, build_whole
from tests.support.differential.split import Split, print_subgraph

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


class NotComposable(Exception):
    """The composer refused the subgraphs."""


@dataclass(frozen=True)
class Difference:
    """What the federation answered and what it should have."""

    operation: Operation
    problem: str

    def __str__(self) -> str:
        return f"{self.operation.text}\nvariables: {self.operation.variables}\n{self.problem}"


class Federation:
    """One split, ready for any number of operations."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self.theirs = Data(split)
        self.ours = Data(split)
        self.whole: GraphQLSchema = build_whole(self.theirs)
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

    async def compare(self, operation: Operation) -> tuple[QueryPlan | None, Difference | None]:
        """The plan, and how its answer differs from the whole schema's; no plan when planning itself fails."""
        for data in (self.theirs, self.ours):
            data.log.clear()
            data.shows_revisions = self._is_split_whole(operation)
        truth = execute_sync(self.whole, parse(operation.text), variable_values=operation.variables)
        assert not truth.errors, f"seed {self.split.seed}: {operation.text}: {truth.errors}"
        plan: QueryPlan | None = None
        refusals: list[str] = []
        try:
            plan = self.plan(operation)
            compiled = compile_plan(plan, api_schema=self.supergraph.api_schema)
            request = ExecutionRequest(transport=_Transport(self.subgraphs, refusals), variables=operation.variables)
            result = await compiled.execute(request)
        except Exception as error:  # noqa: BLE001 - whatever the router raises is what this test looks for
            return plan, Difference(operation, f"raised {error!r}")
        problem = self._describe(operation, truth.data, result.data, [*refusals, *map(str, result.errors)])
        return plan, Difference(operation, problem) if problem else None

    def _is_split_whole(self, operation: Operation) -> bool:
        """Whether no two mutations in a row lie in one subgraph.

        Such a run is sent as one request, so that what completes its first field from elsewhere sees all of the run.
        """
        definition = parse(operation.text).definitions[0]
        assert isinstance(definition, OperationDefinitionNode)
        root = self.split.kinds["Mutation"]
        names = [node.name.value for node in definition.selection_set.selections if isinstance(node, FieldNode)]
        graphs = [root.owners(name) for name in names if name in root.fields]
        is_sure = "(if: true)" not in operation.text and "(if: false)" not in operation.text
        return is_sure and all(left != right for left, right in pairwise(graphs))

    def _describe(self, operation: Operation, truth: Any, answer: Any, errors: list[str]) -> str:
        if errors:
            return "\n".join(errors)
        if answer != truth:
            return f"answered {json.dumps(answer)}\nnot      {json.dumps(truth)}"
        if self.ours.log != self.theirs.log:
            return f"wrote {self.ours.log}, not {self.theirs.log}"
        # A field selected twice under different conditions has one place in the output, so order is only for the rest.
        if "(if:" not in operation.text and json.dumps(answer) != json.dumps(truth):
            return f"ordered {json.dumps(answer)}\nnot     {json.dumps(truth)}"
        return ""


class _Transport:
    """The subgraphs as the executor reaches them: by bytes."""

    def __init__(self, subgraphs: dict[str, GraphQLSchema], refusals: list[str]) -> None:
        self._subgraphs = subgraphs
        self._refusals = refusals

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        body = json.loads(request.body)
        schema = self._subgraphs[request.subgraph]
        document = parse(body["query"])
        errors = validate(schema, document, _RULES)
        if errors:
            self._refusals.append(f"{request.subgraph} cannot run {body['query']}: {errors[0].message}")
            raise Refused(self._refusals[-1])
        result = execute_sync(schema, document, variable_values=body.get("variables"))
        for error in result.errors or ():
            self._refusals.append(f"{request.subgraph} {body}: {error.message}")
        headers = {"content-type": "application/json"}
        return SubgraphResponse(200, headers, json.dumps(result.formatted).encode())

    def stream(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        raise AssertionError(f"nothing here subscribes: {request}")
