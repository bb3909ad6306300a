"""The last stage: the compiled plan executed against the subgraphs, and the response completed for the caller."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any, Final

from entrepot.router.errors import QueryPlanHidden, RequestTimedOut
from entrepot.router.execution import ExecutionRequest, ExecutionResult, FetchRecord, Payload, SubgraphTransport
from entrepot.router.pipeline.authorization.authorize import report_unauthorized_fields
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.demand_control.estimate import count_cost, show_cost
from entrepot.router.pipeline.execution.cache_headers import describe_caching, list_variance
from entrepot.router.pipeline.execution.deferred import DeferredUnauthorizedErrors, deliver, read_guards
from entrepot.router.pipeline.execution.request_headers import RequestHeaderPropagation
from entrepot.router.pipeline.instrumentation.hooks import WrapTransport
from entrepot.router.pipeline.instrumentation.timings import report_computations, to_milliseconds
from entrepot.router.traffic import Deadlines, ErrorMasking, ResponseHeaderPropagation
from entrepot.shared.clock import Clock

_HIDDEN: Final = "Query plans are not shown to you: `query_plan.expose` in the router's configuration says to whom."


class Executor:
    """Executes prepared requests; holds what they share: transports, header propagation, deadlines."""

    def __init__(
        self,
        transport: SubgraphTransport,
        request_headers: RequestHeaderPropagation,
        deadlines: Deadlines,
        clock: Clock,
        response_headers: ResponseHeaderPropagation,
        error_masking: ErrorMasking,
        wrap_transport: tuple[WrapTransport, ...] = (),
        response_cache: SubgraphTransport | None = None,
    ) -> None:
        self.monotonic = clock.monotonic
        self._wrap_transport = wrap_transport
        self._response_cache = response_cache
        self._deadlines = deadlines
        self._transport = transport
        self._request_headers = request_headers
        self._response_headers = response_headers if response_headers.has_rules else None
        self._mask_error = error_masking.mask

    async def execute(self, context: RequestContext) -> ExecutionResult:
        """The response to a query or mutation, or only its plan if the request asks for that.

        Raises RequestTimedOut, and QueryPlanHidden when the request asks for the plan only and may not see it.
        """
        shows_plan = context.request.plan_mode != "none" and _may_see_plan(context)
        if context.request.plan_mode == "only":
            if not shows_plan:
                raise QueryPlanHidden(f"{_HIDDEN} Nothing was executed.")
            return ExecutionResult(None, [], {"queryPlan": context.planned.report})
        propagation = self._response_headers
        is_cached = self._may_use_cache(context)
        records: list[FetchRecord] | None = [] if shows_plan or propagation is not None or is_cached else None
        compiled = context.planned.compiled
        assert compiled is not None
        with self._deadlines.begin(self._describe_late):
            result = await compiled.execute(self._request(context, records))
        _complete(result, context)
        if context.cost is not None:
            count_cost(context, result)
        if context.request.plan_mode == "include" and not shows_plan:
            result.extensions |= {"queryPlanHidden": _HIDDEN}
        if records is not None:
            self._add_records(result, context, records, shows_plan=shows_plan)
            if is_cached and context.request.plan_mode == "none":
                propagated = self._request_headers.list_varying(context.headers)
                variance = list_variance(context.request.snapshot.config, propagated)
                result.cache_headers = describe_caching(result, records, context.request.caller.principal, variance)
        return result

    def _add_records(
        self, result: ExecutionResult, context: RequestContext, records: list[FetchRecord], *, shows_plan: bool
    ) -> None:
        """Add the headers of subgraphs to the response, and the plan with its fetches."""
        if self._response_headers is not None:
            result.fetches = records
            result.headers = self._response_headers.collect(records)
        if shows_plan:
            result.extensions |= {
                "queryPlan": context.planned.report,
                "fetches": [_report_fetch(record, context.started) for record in records],
                "timings": {
                    "milliseconds": to_milliseconds(self.monotonic() - context.started),
                    "stages": report_computations(context),
                },
            }

    def merge_headers(self, results: Iterable[ExecutionResult]) -> tuple[tuple[bytes, bytes], ...]:
        """The headers of one HTTP response with all these results, such as a batch."""
        if self._response_headers is None:
            return ()
        return self._response_headers.collect(*(result.fetches for result in results))

    async def deliver(self, context: RequestContext) -> AsyncGenerator[Payload, None]:
        """The payloads of an incremental response; raises RequestTimedOut before the first."""
        compiled = context.planned.compiled
        assert compiled is not None
        shows_plan = context.request.plan_mode == "include" and _may_see_plan(context)
        propagation = self._response_headers
        records: list[FetchRecord] | None = [] if shows_plan or propagation is not None else None
        removals = DeferredUnauthorizedErrors(context)
        execution = compiled.execute_deferred(self._request(context, records))
        async with aclosing(deliver(execution, self._deadlines.begin(self._describe_late))) as payloads:
            async for payload in payloads:
                if payload.result is not None:
                    _complete(payload.result, context)
                    show_cost(context, payload.result)
                    if records is not None:
                        self._add_records(payload.result, context, records, shows_plan=shows_plan)
                removals.complete(payload)
                yield payload

    async def subscribe(self, context: RequestContext) -> AsyncGenerator[ExecutionResult, None]:
        """The complete responses of a subscription, in the order of its events."""
        compiled = context.planned.compiled
        assert compiled is not None
        async with aclosing(compiled.subscribe(self._request(context, None))) as results:
            async for result in results:
                _complete(result, context)
                count_cost(context, result)
                yield result

    def _describe_late(self) -> RequestTimedOut:
        return RequestTimedOut(f"The request took longer than {self._deadlines.seconds:g} s and was ended.")

    def _request(self, context: RequestContext, records: list[FetchRecord] | None) -> ExecutionRequest:
        is_cached = self._may_use_cache(context)
        transport = self._response_cache if is_cached and self._response_cache else self._transport
        for wrap in self._wrap_transport:
            transport = wrap(transport, context)
        return ExecutionRequest(
            transport=transport,
            variables=context.variables,
            urls=context.request.snapshot.urls,
            headers=self._request_headers.headers_for(context),
            identity=self._request_headers.identity_of(context),
            on_fetch=None if records is None else records.append,
            monotonic=None if records is None else self.monotonic,
            mask_error=self._mask_error,
            includes_entities=is_cached,
        )

    def _may_use_cache(self, context: RequestContext) -> bool:
        """Whether the response cache may be used: for queries, not for mutations and events of subscriptions."""
        return self._response_cache is not None and context.operation.kind == "query"


def _complete(result: ExecutionResult, context: RequestContext) -> None:
    if context.authorized.unauthorized:
        reported = report_unauthorized_fields(context.authorized, read_guards(context))
        paths = {tuple(error["path"]) for error in reported}
        # A null of an unauthorized field has its error already.
        others = [error for error in result.errors if _keys_of(error) not in paths]
        result.errors = [*reported, *others]


def _keys_of(error: dict[str, Any]) -> tuple[str, ...]:
    return tuple(step for step in error.get("path") or () if isinstance(step, str))


def _may_see_plan(context: RequestContext) -> bool:
    rules = context.request.snapshot.config.query_plan
    if rules.expose == "scopes":
        return context.request.caller.principal.has_scopes(rules.scopes)
    return rules.expose == "on"


def _report_fetch(record: FetchRecord, origin: float) -> dict[str, Any]:
    return {
        "subgraph": record.subgraph,
        "representations": record.representations,
        "start": to_milliseconds(record.started - origin),
        "milliseconds": to_milliseconds(record.duration),
        "status": record.status,
    }
