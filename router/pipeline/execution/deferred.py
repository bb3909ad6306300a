"""Incremental responses: the deferred fragments of a request, and the payloads of its response."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import AbstractContextManager, aclosing
from dataclasses import replace
from typing import Any

from entrepot.router.errors import OperationInvalid, RequestTimedOut
from entrepot.router.execution import CompletedFragment, DeferredExecution, Payload
from entrepot.router.pipeline.authorization.authorize import report_unauthorized_fields
from entrepot.router.pipeline.authorization.unauthorized_paths import UnauthorizedField
from entrepot.router.pipeline.context import RequestContext
from entrepot.router.selection import build_deferral


def choose_deferred(context: RequestContext) -> int:
    """The fragments that are deferred for this request, a bit each by their number: all that a plan's key says of it.

    None are when the client does not accept an answer in parts. Raises OperationInvalid for a subscription that does
    not disable its `@defer`.
    """
    operation = context.authorized.normalized
    if not operation.deferrals:
        return 0
    chosen = 0
    for deferral in operation.deferrals:
        if deferral.variable is None or context.variables.get(deferral.variable, True) is True:
            chosen |= 1 << deferral.number
    if chosen and operation.kind == "subscription":
        raise OperationInvalid("`@defer` is not supported in a subscription. Set its `if` argument to false.")
    return chosen if context.request.may_defer else 0


def read_guards(context: RequestContext) -> dict[str, Any]:
    """The variables, with the fragments that are delivered at once: what the guards of a removal are compared with."""
    plan = context.planned.plan
    later = {part.deferral.number for part in plan.deferred} if plan is not None else set()
    numbers = [item.number for item in context.authorized.normalized.deferrals if item.number not in later]
    return {build_deferral(number).variable: True for number in numbers} | context.variables


def keep_deferred(removals: Iterable[UnauthorizedField], deferred: frozenset[int]) -> list[UnauthorizedField]:
    """The removals as they stand in an operation in which only these fragments are deferred."""
    return [
        replace(
            item,
            conditions=tuple(each for each in item.conditions if not each.is_deferral or each.deferral in deferred),
        )
        for item in removals
    ]


def list_deferred(chosen: int) -> frozenset[int]:
    """The numbers whose bits are set."""
    return frozenset(number for number in range(chosen.bit_length()) if chosen >> number & 1)


async def deliver(
    execution: DeferredExecution, deadline: AbstractContextManager[None]
) -> AsyncGenerator[Payload, None]:
    """The payloads of an execution, under a deadline for the whole of it.

    Before the first payload RequestTimedOut is raised; after it, what is pending fails with that error. Closing the
    generator ends all work.
    """
    # A task of its own: the deadline must cancel the work, not the code that writes to a slow client.
    ready: asyncio.Queue[Payload | Exception | None] = asyncio.Queue()

    async def work() -> None:
        has_begun = False
        try:
            with deadline:
                first = await execution.begin()
                ready.put_nowait(first)
                has_begun = True
                if first.has_next:
                    async with aclosing(execution.continue_()) as payloads:
                        async for payload in payloads:
                            ready.put_nowait(payload)
        except RequestTimedOut as error:
            ready.put_nowait(execution.abandon(error.to_graphql()) if has_begun else error)
        except Exception as error:  # noqa: BLE001 - it is raised again where the payloads are read
            ready.put_nowait(error)
        ready.put_nowait(None)

    worker = asyncio.create_task(work())
    try:
        while (item := await ready.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


class DeferredUnauthorizedErrors:
    """The errors of unauthorized fields, each delivered with the data in which the field is null."""

    def __init__(self, context: RequestContext) -> None:
        self._entries: dict[tuple[str, ...], dict[str, Any]] = {}
        self._paths: frozenset[tuple[str, ...]] = frozenset()
        if context.authorized.unauthorized:
            deferrals = context.authorized.normalized.deferrals
            variables = {build_deferral(item.number).variable: True for item in deferrals} | context.variables
            at_once = {
                tuple(error["path"]) for error in report_unauthorized_fields(context.authorized, read_guards(context))
            }
            every = {tuple(error["path"]): error for error in report_unauthorized_fields(context.authorized, variables)}
            self._paths = frozenset(every)
            self._entries = {path: error for path, error in every.items() if path not in at_once}

    def complete(self, payload: Payload) -> None:
        """Adds the errors to what a payload delivers; a null that is there because of one has no other error."""
        if not self._paths:
            return
        for delivered in payload.delivered:
            keys = _keys_of(delivered.path)
            refusals = [
                self._entries.pop(path)
                for path in list(self._entries)
                if path[: len(keys)] == keys and path[len(keys)] in delivered.data
            ]
            delivered.errors[:] = [*refusals, *self._without_known(delivered.errors)]
        payload.completed = [CompletedFragment(item.fragment, self._explain(item.errors)) for item in payload.completed]

    def _without_known(self, errors: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        return [error for error in errors if _keys_of(error.get("path") or ()) not in self._paths]

    def _explain(self, errors: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Why a fragment came to nothing: the field that is refused, where that was the reason."""
        return [self._entries.pop(_keys_of(error.get("path") or ()), error) for error in errors]


def _keys_of(path: Iterable[str | int]) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))
