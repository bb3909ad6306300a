"""The last stage: the compiled plan run against the subgraphs, and its answer completed for the caller."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any

from entrepot.router.errors import QueryPlanHidden, RequestTimedOut
from entrepot.router.execution import ExecutionRequest, ExecutionResult, FetchRecord, Payload, SubgraphTransport
from entrepot.router.pipeline.authorization.authorize import report_removals
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.pipeline.demand_control.estimate import count_cost, show_cost
from entrepot.router.pipeline.execution.cache_headers import describe_caching
from entrepot.router.pipeline.execution.deferred import DeferredRemovals, deliver, read_guards
from entrepot.router.pipeline.execution.request_headers import Forwarding
from entrepot.router.pipeline.instrumentation.hooks import Accompany
from entrepot.router.pipeline.instrumentation.timings import report_computations, to_milliseconds
from entrepot.router.traffic import Deadlines, ErrorMasking, ReturnedHeaders
from entrepot.shared.clock import Clock


class Executor:
    """Runs prepared requests; holds what they share: the way to subgraphs, the headers for them and the clock."""

    def __init__(
        self,
        transport: SubgraphTransport,
        forwarding: Forwarding,
        deadlines: Deadlines,
        clock: Clock,
        returned_headers: ReturnedHeaders,
        error_masking: ErrorMasking,
        accompany: tuple[Accompany, ...] = (),
        cached_answers: SubgraphTransport | None = None,
    ) -> None:
        self.monotonic = clock.monotonic
        self._accompany = accompany
        self._cached_answers = cached_answers
        self._deadlines = deadlines
        self._transport = transport
        self._forwarding = forwarding
        self._returned_headers = returned_headers if returned_headers.has_rules else None
        self._present_error = error_masking.present

    async def execute(self, context: RequestContext) -> ExecutionResult:
        """The answer to a query or mutation, or only its plan when that was asked.

        Raises RequestTimedOut, and QueryPlanHidden when the caller may not see the plan that it asked for alone.
        """
        shows_plan = context.plan_mode != "none" and _may_see_plan(context)
        if context.plan_mode == "only":
            if not shows_plan:
                raise QueryPlanHidden("Query plans are not shown to you. Nothing was executed.")
            return ExecutionResult(None, [], {"queryPlan": context.planned.report})
        returned = self._returned_headers
        is_cached = self._may_use_cache(context)
        records: list[FetchRecord] | None = [] if shows_plan or returned is not None or is_cached else None
        compiled = context.planned.compiled
        assert compiled is not None
        with self._deadlines.begin(self._describe_late):
            result = await compiled.execute(self._request(context, records))
        _complete(result, context)
        if context.cost is not None:
            count_cost(context, result)
        if records is not None:
            self._add_records(result, context, records, shows_plan=shows_plan)
            if is_cached:
                result.cache_headers = describe_caching(result, records, context.caller.principal)
        return result

    def _add_records(
        self, result: ExecutionResult, context: RequestContext, records: list[FetchRecord], *, shows_plan: bool
    ) -> None:
        """Adds what the fetches so far bring to the response: headers, and the plan with its fetches."""
        if self._returned_headers is not None:
            result.fetches = records
            result.headers = self._returned_headers.collect(records)
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
        """The headers for one response that carries all these answers, as if one execution had made them."""
        if self._returned_headers is None:
            return ()
        return self._returned_headers.collect(*(result.fetches for result in results))

    async def deliver(self, context: RequestContext) -> AsyncGenerator[Payload, None]:
        """The payloads of a query or mutation that is answered in parts; raises RequestTimedOut before the first."""
        compiled = context.planned.compiled
        assert compiled is not None
        shows_plan = context.plan_mode == "include" and _may_see_plan(context)
        returned = self._returned_headers
        records: list[FetchRecord] | None = [] if shows_plan or returned is not None else None
        removals = DeferredRemovals(context)
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
        """The answers of a subscription, each complete, in the order of its events."""
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
        transport = self._cached_answers if is_cached and self._cached_answers else self._transport
        for accompany in self._accompany:
            transport = accompany(transport, context)
        return ExecutionRequest(
            transport=transport,
            variables=context.variables,
            urls=context.snapshot.urls,
            headers=self._forwarding.headers_for(context),
            identity=self._forwarding.identity_of(context),
            on_fetch=None if records is None else records.append,
            monotonic=None if records is None else self.monotonic,
            present_error=self._present_error,
            tells_entities=is_cached,
        )

    def _may_use_cache(self, context: RequestContext) -> bool:
        """Whether answers may be old: not after a mutation, nor when an event tells of a change."""
        return self._cached_answers is not None and context.operation.kind == "query"


def _complete(result: ExecutionResult, context: RequestContext) -> None:
    if context.view.removals:
        reported = report_removals(context.view, read_guards(context))
        paths = {tuple(error["path"]) for error in reported}
        # A null that is there because of a removal has its error already.
        others = [error for error in result.errors if _keys_of(error) not in paths]
        result.errors = [*reported, *others]


def _keys_of(error: dict[str, Any]) -> tuple[str, ...]:
    return tuple(step for step in error.get("path") or () if isinstance(step, str))


def _may_see_plan(context: RequestContext) -> bool:
    rules = context.snapshot.config.query_plan
    if rules.expose == "scopes":
        return context.caller.principal.has_scopes(rules.scopes)
    return rules.expose == "on"


def _report_fetch(record: FetchRecord, origin: float) -> dict[str, Any]:
    return {
        "subgraph": record.subgraph,
        "representations": record.representations,
        "start": to_milliseconds(record.started - origin),
        "milliseconds": to_milliseconds(record.duration),
        "status": record.status,
    }
