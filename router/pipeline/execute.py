"""The last stage: the compiled plan run against the subgraphs, and its answer completed for the caller."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from router.errors import QueryPlanHidden, RequestTimedOut
from router.execution import ExecutionRequest, ExecutionResult, FetchRecord, SubgraphTransport
from router.pipeline.authorize import report_removals
from router.pipeline.context import RequestContext
from router.pipeline.deadlines import Deadlines
from router.pipeline.forwarding import Forwarding
from shared.clock import Clock


class Executor:
    """Runs prepared requests; holds what they share: the way to subgraphs, the headers for them and the clock."""

    def __init__(
        self, transport: SubgraphTransport, forwarding: Forwarding, deadlines: Deadlines, clock: Clock
    ) -> None:
        self._deadlines = deadlines
        self._transport = transport
        self._forwarding = forwarding
        self._clock = clock

    async def execute(self, context: RequestContext) -> ExecutionResult:
        """The answer to a query or mutation, or only its plan when that was asked.

        Raises RequestTimedOut, and QueryPlanHidden when the caller may not see the plan that it asked for alone.
        """
        shows_plan = context.plan_mode != "none" and _may_see_plan(context)
        if context.plan_mode == "only":
            if not shows_plan:
                raise QueryPlanHidden("Query plans are not shown to you. Nothing was executed.")
            return ExecutionResult(None, [], {"queryPlan": context.planned.report})
        records: list[FetchRecord] | None = [] if shows_plan else None
        compiled = context.planned.compiled
        assert compiled is not None
        with self._deadlines.begin(self._describe_late):
            result = await compiled.execute(self._request(context, records))
        _complete(result, context)
        if records is not None:
            result.extensions |= {"queryPlan": context.planned.report, "fetches": list(map(_report_fetch, records))}
        return result

    async def subscribe(self, context: RequestContext) -> AsyncGenerator[ExecutionResult, None]:
        """The answers of a subscription, each complete, in the order of its events."""
        compiled = context.planned.compiled
        assert compiled is not None
        async with aclosing(compiled.subscribe(self._request(context, None))) as results:
            async for result in results:
                _complete(result, context)
                yield result

    def _describe_late(self) -> RequestTimedOut:
        return RequestTimedOut(f"The request took longer than {self._deadlines.seconds:g} s and was ended.")

    def _request(self, context: RequestContext, records: list[FetchRecord] | None) -> ExecutionRequest:
        return ExecutionRequest(
            transport=self._transport,
            variables=context.variables,
            urls=context.snapshot.urls,
            headers=self._forwarding.headers_for(context),
            on_fetch=None if records is None else records.append,
            monotonic=None if records is None else self._clock.monotonic,
        )


def _complete(result: ExecutionResult, context: RequestContext) -> None:
    if context.view.removals:
        reported = report_removals(context.view, context.variables)
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


def _report_fetch(record: FetchRecord) -> dict[str, Any]:
    return {
        "subgraph": record.subgraph,
        "representations": record.representations,
        "milliseconds": round(record.duration * 1000, 3),
        "status": record.status,
    }
