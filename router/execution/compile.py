"""The compiled plan: the steps that fetch, and the projector for the response."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from graphql import GraphQLSchema

from entrepot.router.execution.complete import Completer, Explained
from entrepot.router.execution.conditions import NullConditions, find_null_conditions
from entrepot.router.execution.errors.rewrites import ErrorRewriter
from entrepot.router.execution.execute import CompiledStep, build_step
from entrepot.router.execution.fetch import CompiledFetch, PlanContext, Run
from entrepot.router.execution.incremental.deferred import DeferredExecution, DeferredPlan
from entrepot.router.execution.introspection import Introspection, add_introspected
from entrepot.router.execution.object_aliasing import iterate_fetches
from entrepot.router.execution.project import Projector, Violation
from entrepot.router.execution.requests import ExecutionLimits, ExecutionRequest
from entrepot.router.execution.result import ExecutionResult
from entrepot.router.execution.subscribe import complete_events
from entrepot.router.plan import QueryPlan

DEFAULT_LIMITS = ExecutionLimits()


class CompiledPlan:
    """A query plan, ready to be executed any number of times, also at the same time.

    It holds nothing of a request. `plan` is what it was made from.
    """

    def __init__(self, plan: QueryPlan, limits: ExecutionLimits, api_schema: GraphQLSchema | None) -> None:
        self.plan = plan
        self._limits = limits
        roots = [plan.root, *(part.root for part in plan.deferred)]
        context = PlanContext(tuple(fetch for root in roots for fetch in iterate_fetches(root)))
        self._root: CompiledStep | None = None if plan.root is None else build_step(plan.root, limits, context)
        self._projector = Projector(plan.output)
        self._introspection: Introspection | None = None
        if plan.introspection:
            if api_schema is None:
                raise ValueError("A plan with introspection needs the API schema to be compiled.")
            self._introspection = Introspection(plan.introspection, api_schema, limits.introspection_values)
        self.deferred: DeferredPlan | None = None
        if plan.deferred:
            parts = {
                part.deferral.number: None if part.root is None else build_step(part.root, limits, context)
                for part in plan.deferred
            }
            self.deferred = DeferredPlan(plan, self._root, parts, self._introspection, limits)
        self._subscription: CompiledFetch | None = None
        if plan.subscription is not None:
            self._subscription = CompiledFetch(plan.subscription, limits, context)

    @property
    def introspection_weight(self) -> int:
        """About the bytes that cached answers to introspection take."""
        return 0 if self._introspection is None else self._introspection.weight

    def watch_weight(self, on_growth: Callable[[], None]) -> None:
        """Call `on_growth` whenever `introspection_weight` has grown."""
        if self._introspection is not None:
            self._introspection.on_growth = on_growth

    async def execute(self, request: ExecutionRequest) -> ExecutionResult:
        """Run a query or mutation and answer what the client asked for; of deferred parts, nothing.

        What goes wrong is in the result's errors. Only IntrospectionTooLarge is raised, before anything is fetched, and
        the cancellation of the caller, which cancels all fetches on their way. Implements GraphQL specification,
        section 6.
        """
        nulls = find_null_conditions(self.plan.nullable_conditions, request.variables)
        if nulls:
            refused = self._refuse_root(request, nulls)
            if refused is not None:
                return refused
            request = replace(request, variables=nulls.replace_in(request.variables))
        run = Run(request)
        introspected = await self._introspect(run)
        if self._root is not None:
            work = self._root.start(run)
            if work is not None:
                await work
        return self._answer(run, introspected, nulls)

    def execute_deferred(self, request: ExecutionRequest) -> DeferredExecution:
        """Run a query or mutation whose plan has deferred parts, part by part.

        Raises ValueError for a plan without deferred parts.
        """
        if self.deferred is None:
            raise ValueError("The plan has no deferred parts.")
        return DeferredExecution(self.deferred, request)

    def subscribe(self, request: ExecutionRequest) -> AsyncGenerator[ExecutionResult, None]:
        """The answers to a subscription's events, in their order, each completed by the plan.

        A stream that cannot be opened, or breaks, gives one last result whose errors say so. Closing the generator
        closes the stream. Raises ValueError for a plan without a subscription.
        """
        if self._subscription is None:
            raise ValueError("The plan has no subscription.")
        subscription = self._subscription
        nulls = find_null_conditions(self.plan.nullable_conditions, request.variables)
        if nulls:
            refused = self._refuse_root(request, nulls)
            if refused is not None:
                return _yield_one(refused)
            request = replace(request, variables=nulls.replace_in(request.variables))
        opened = replace(
            subscription.build_request(Run(request), subscription.build_body(Run(request), [])),
            renew_headers=partial(request.headers, subscription.fetch.subgraph),
        )

        async def complete(run: Run) -> ExecutionResult:
            if any(fetch_error.is_whole for fetch_error in run.errors):
                # An event that brought nothing has nothing to complete.
                answer = self._answer(run, {}, nulls)
                return ExecutionResult(None, answer.errors)
            if self._root is not None:
                work = self._root.start(run)
                if work is not None:
                    await work
            return self._answer(run, await self._introspect(run), nulls)

        return complete_events(subscription, opened, request, complete, self._limits)

    def _refuse_root(self, request: ExecutionRequest, nulls: NullConditions) -> ExecutionResult | None:
        """The result without data where the root's own selection cannot be read; nothing is fetched then."""
        completer = Completer(request.variables, Explained(), nulls)
        return ExecutionResult(None, completer.errors) if completer.refuses(self.plan.output) else None

    async def _introspect(self, run: Run) -> dict[str, Any]:
        return {} if self._introspection is None else await self._introspection.answer(run.request.variables)

    def _answer(self, run: Run, introspected: dict[str, Any], nulls: NullConditions) -> ExecutionResult:
        variables = run.request.variables
        errors: list[dict[str, Any]] = []
        run.data.update(introspected)
        explained = Explained()
        if run.errors:
            rewriter = ErrorRewriter(self.plan.output, run.data, variables)
            entries, explained = rewriter.rewrite(run.errors, self._limits.errors)
            errors = errors + entries
        data: dict[str, Any] | None
        try:
            data = self._projector.project(run.data, variables, nulls)
        except Violation:
            completer = Completer(variables, explained, nulls)
            data = completer.complete(self.plan.output, run.data)
            errors = errors + completer.errors[: max(0, self._limits.errors - len(errors))]
        if data is not None and introspected:
            data = add_introspected(data, introspected, self.plan.root_keys)
        return ExecutionResult(data, errors)


async def _yield_one(result: ExecutionResult) -> AsyncGenerator[ExecutionResult, None]:
    yield result


def compile_plan(
    plan: QueryPlan, limits: ExecutionLimits = DEFAULT_LIMITS, *, api_schema: GraphQLSchema | None = None
) -> CompiledPlan:
    """Compile `plan`, once for all requests that share it.

    `api_schema` answers introspection; raises ValueError when the plan needs it and it is not given.
    """
    return CompiledPlan(plan, limits, api_schema)
