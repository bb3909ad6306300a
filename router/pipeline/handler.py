"""The whole request: STAGES in order, each may refuse it; then execution."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Final

from entrepot.router.errors import ClientError
from entrepot.router.execution import ExecutionResult, Payload
from entrepot.router.pipeline.authentication.authenticator import Authenticator
from entrepot.router.pipeline.authorization.authorize import authorize_operation
from entrepot.router.pipeline.cache.snapshot import Snapshot
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.demand_control.estimate import estimate_cost
from entrepot.router.pipeline.execution.execute import Executor
from entrepot.router.pipeline.guards import Guards
from entrepot.router.pipeline.instrumentation.hooks import NO_HOOKS, Hooks
from entrepot.router.pipeline.instrumentation.request_observer import Watch
from entrepot.router.pipeline.limits.document_limits import check_limits
from entrepot.router.pipeline.limits.variable_limits import check_variables
from entrepot.router.pipeline.persisted_documents.apq import AutomaticDocuments
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
BuildWatch = Callable[[Trace, Mapping[str, str]], Watch]

STAGES: Final[tuple[Stage, ...]] = (
    find_document,
    parse_document,  # once a document, as the next two
    check_limits,  # before validation, which is super-linear in what it bounds
    validate_document,
    select_operation,
    normalize_operation,  # once an operation
    authorize_operation,  # once an operation and what its caller may select of it
    check_variables,
    coerce_variables,
    estimate_cost,  # before anything is planned or fetched for it
    choose_overrides,
    plan_operation,  # once an operation as authorized
)


def watch_nothing(trace: Trace, _headers: Mapping[str, str]) -> Watch:
    """Binds the ids of a request, and nothing else."""
    return Watch(trace)


class RequestHandler:
    """Answers decoded requests, whatever transport brought them."""

    def __init__(
        self,
        snapshot: Snapshot,
        authenticator: Authenticator,
        automatic_documents: AutomaticDocuments,
        executor: Executor,
        randomness: Randomness,
        guards: Guards | None = None,
        hooks: Hooks = NO_HOOKS,
        build_watch: BuildWatch = watch_nothing,
    ) -> None:
        self._automatic_documents = automatic_documents
        self._executor = executor
        self._randomness = randomness
        self.snapshot = snapshot
        self.authenticator = authenticator
        self.guards = guards or Guards()
        self._stages = (*hooks.before, *_add_guards(self.guards), *hooks.after)
        self._on_answer = hooks.on_answer
        self._build_watch = build_watch

    def watch(self, headers: Mapping[str, str]) -> Watch:
        """What lasts as long as a request with these headers, and binds its trace."""
        trace = read_trace(headers.get(REQUEST_ID_HEADER), headers.get(TRACEPARENT_HEADER), self._randomness)
        return self._build_watch(trace, headers)

    async def prepare(self, context: RequestContext) -> None:
        """Run the stages; raises the error of the one that refuses the request, which is noted if it must be."""
        context.draw_percent = self._draw_percent
        context.monotonic = self._executor.monotonic
        watch = context.watch
        watch.begin(context)
        if context.plan_mode == "include":
            context.started = context.monotonic()
        names = names_document(context.request)
        try:
            if names:
                await self._automatic_documents.recall(context)
            for stage in self._stages:
                pending = stage(context)
                if pending is not None:
                    await pending
        except Exception as error:
            watch.refuse(context, error)
            if isinstance(error, ClientError):
                self.guards.security.note_refusal(error, context)
            raise
        finally:
            if context.computed:
                watch.add_computed(context)
        if names:
            await self._automatic_documents.keep(context)

    def _draw_percent(self) -> float:
        return self._randomness.uniform(0.0, 100.0)

    async def execute(self, context: RequestContext) -> ExecutionResult:
        """The answer to a prepared query or mutation."""
        try:
            result = await self._executor.execute(context)
            if self._on_answer is not None:
                await self._on_answer(context, result)
        except BaseException as error:
            context.watch.refuse(context, error)
            raise
        if result.errors:
            context.watch.add_errors(context, result.errors)
        return result

    def merge_headers(self, results: Iterable[ExecutionResult]) -> tuple[tuple[bytes, bytes], ...]:
        """The headers of subgraphs for one response that carries all these answers."""
        return self._executor.merge_headers(results)

    async def deliver(self, context: RequestContext) -> AsyncGenerator[Payload, None]:
        """The payloads of a prepared query or mutation that is answered in parts."""
        async with aclosing(self._executor.deliver(context)) as payloads:
            async for payload in payloads:
                if self._on_answer is not None and payload.result is not None:
                    await self._on_answer(context, payload.result)
                context.watch.add_payload(context, payload)
                yield payload

    async def subscribe(self, context: RequestContext) -> AsyncGenerator[ExecutionResult, None]:
        """The answers of a prepared subscription."""
        async with aclosing(self._executor.subscribe(context)) as results:
            async for result in results:
                if self._on_answer is not None:
                    await self._on_answer(context, result)
                if result.errors:
                    context.watch.add_errors(context, result.errors)
                yield result


def _add_guards(guards: Guards) -> Iterable[Stage]:
    """The stages with those that were configured, each where it can first tell."""
    if guards.rate_limiter is not None and guards.rate_limiter.by_request:
        yield guards.rate_limiter.take_request
    for stage in STAGES:
        if stage is authorize_operation and guards.policies is not None:
            yield guards.policies.ask_policies
        if stage is not estimate_cost or guards.is_costed:
            yield stage
        if stage is estimate_cost and guards.rate_limiter is not None and guards.rate_limiter.by_cost:
            yield guards.rate_limiter.take_cost


def is_subscription(context: RequestContext) -> bool:
    """Whether the prepared request answers with a stream; one that asks for its plan only does not."""
    return context.operation.kind == "subscription" and context.plan_mode != "only"


def is_deferred(context: RequestContext) -> bool:
    """Whether the prepared request is answered in parts; one that asks for its plan only is not."""
    compiled = context.planned.compiled
    return compiled is not None and compiled.deferred is not None and context.plan_mode != "only"
