"""Request handling: STAGES in their order, each of which may refuse the request; then execution."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Final

from entrepot.router.errors import ClientError
from entrepot.router.execution import ExecutionResult, Payload
from entrepot.router.pipeline.authentication.authenticator import Authenticator
from entrepot.router.pipeline.authorization.authorize import authorize_operation
from entrepot.router.pipeline.cache.snapshot import Snapshot
from entrepot.router.pipeline.context import Request, RequestContext, RequestObserver
from entrepot.router.pipeline.demand_control.estimate import estimate_cost
from entrepot.router.pipeline.execution.execute import Executor
from entrepot.router.pipeline.guards import Guards
from entrepot.router.pipeline.instrumentation.hooks import NO_HOOKS, Hooks
from entrepot.router.pipeline.limits.document_limits import check_limits
from entrepot.router.pipeline.limits.variable_limits import check_variables
from entrepot.router.pipeline.persisted_documents.apq import AutomaticPersistedQueries
from entrepot.router.pipeline.persisted_documents.find_document import find_document
from entrepot.router.pipeline.persisted_documents.identifiers import names_document
from entrepot.router.pipeline.stages.normalize import normalize_operation
from entrepot.router.pipeline.stages.overrides import choose_overrides
from entrepot.router.pipeline.stages.parse import parse_document
from entrepot.router.pipeline.stages.plan import plan_operation
from entrepot.router.pipeline.stages.select import select_operation
from entrepot.router.pipeline.stages.validate import validate_document
from entrepot.router.pipeline.stages.variables import coerce_variables
from entrepot.shared.randomness import Randomness
from entrepot.shared.telemetry import REQUEST_ID_HEADER, TRACEPARENT_HEADER, Trace, read_trace

Stage = Callable[[RequestContext], Awaitable[None] | None]
BuildObserver = Callable[[Trace, Mapping[str, str]], RequestObserver]

STAGES: Final[tuple[Stage, ...]] = (
    find_document,
    parse_document,  # once per document, as the next two
    check_limits,  # before validation, which is super-linear in what it bounds
    validate_document,
    select_operation,
    normalize_operation,  # once per operation
    authorize_operation,  # once per operation and set of requirements that its caller meets
    check_variables,
    coerce_variables,
    estimate_cost,  # before anything is planned or fetched for it
    choose_overrides,
    plan_operation,  # once per authorized operation
)


def observe_nothing(trace: Trace, _headers: Mapping[str, str]) -> RequestObserver:
    """An observer that records nothing."""
    return RequestObserver(trace)


class RequestHandler:
    """Answers decoded requests of any transport."""

    def __init__(
        self,
        snapshot: Snapshot,
        authenticator: Authenticator,
        apq: AutomaticPersistedQueries,
        executor: Executor,
        randomness: Randomness,
        guards: Guards | None = None,
        hooks: Hooks = NO_HOOKS,
        build_observer: BuildObserver = observe_nothing,
    ) -> None:
        self._apq = apq
        self._executor = executor
        self._randomness = randomness
        self.snapshot = snapshot
        self.authenticator = authenticator
        self.guards = guards or Guards()
        self._stages = (*hooks.before, *_add_guards(self.guards), *hooks.after)
        self._on_answer = hooks.on_answer
        self._build_observer = build_observer

    def observe(self, headers: Mapping[str, str]) -> RequestObserver:
        """The observer of a request with these headers, which binds its trace."""
        trace = read_trace(headers.get(REQUEST_ID_HEADER), headers.get(TRACEPARENT_HEADER), self._randomness)
        return self._build_observer(trace, headers)

    async def prepare(self, request: Request) -> RequestContext:
        """The request after all stages; raises the error of the stage that refuses it, which is logged if necessary."""
        monotonic, observer = self._executor.monotonic, request.observer
        started = monotonic() if request.plan_mode == "include" else 0.0
        context = RequestContext(request, self._draw_percent, monotonic, started)
        observer.begin_operation(context)
        names = names_document(request.graphql)
        try:
            if names:
                await self._apq.load(context)
            for stage in self._stages:
                pending = stage(context)
                if pending is not None:
                    await pending
        except Exception as error:
            observer.record_refusal(context, error)
            if isinstance(error, ClientError):
                self.guards.security.note_refusal(error, context)
            raise
        finally:
            if context.computed:
                observer.record_computed_stages(context)
        if names:
            await self._apq.store(context)
        return context

    def _draw_percent(self) -> float:
        return self._randomness.uniform(0.0, 100.0)

    async def execute(self, context: RequestContext) -> ExecutionResult:
        """The response to a prepared query or mutation."""
        try:
            result = await self._executor.execute(context)
            if self._on_answer is not None:
                await self._on_answer(context, result)
        except BaseException as error:
            context.request.observer.record_refusal(context, error)
            if isinstance(error, ClientError):
                self.guards.security.note_refusal(error, context)
            raise
        if result.errors:
            context.request.observer.record_errors(context, result.errors)
        return result

    def merge_headers(self, results: Iterable[ExecutionResult]) -> tuple[tuple[bytes, bytes], ...]:
        """The propagated headers for one HTTP response with all these results."""
        return self._executor.merge_headers(results)

    async def deliver(self, context: RequestContext) -> AsyncGenerator[Payload, None]:
        """The payloads of a prepared query or mutation with an incremental response."""
        async with aclosing(self._executor.deliver(context)) as payloads:
            async for payload in payloads:
                if self._on_answer is not None and payload.result is not None:
                    await self._on_answer(context, payload.result)
                context.request.observer.record_payload(context, payload)
                yield payload

    async def subscribe(self, context: RequestContext) -> AsyncGenerator[ExecutionResult, None]:
        """The responses of a prepared subscription."""
        async with aclosing(self._executor.subscribe(context)) as results:
            async for result in results:
                if self._on_answer is not None:
                    await self._on_answer(context, result)
                if result.errors:
                    context.request.observer.record_errors(context, result.errors)
                yield result


def _add_guards(guards: Guards) -> Iterable[Stage]:
    """The stages, with those of configured guards, each as early as it can decide."""
    if guards.rate_limiter is not None and guards.rate_limiter.by_request:
        yield guards.rate_limiter.take_request
    for stage in STAGES:
        if stage is authorize_operation and guards.policies is not None:
            yield guards.policies.evaluate_policies
        if stage is not estimate_cost or guards.is_costed:
            yield stage
        if stage is estimate_cost and guards.rate_limiter is not None and guards.rate_limiter.by_estimate:
            yield guards.rate_limiter.take_estimate


def is_subscription(context: RequestContext) -> bool:
    """Whether the response is a stream; not for a request that asks for its plan only."""
    return context.operation.kind == "subscription" and context.request.plan_mode != "only"


def is_deferred(context: RequestContext) -> bool:
    """Whether the response is incremental; not for a request that asks for its plan only."""
    compiled = context.planned.compiled
    return compiled is not None and compiled.deferred is not None and context.request.plan_mode != "only"
