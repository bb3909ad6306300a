"""Incremental execution: the primary part first, then each deferred part once it is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from entrepot.router.execution.complete import Completer, Explained
from entrepot.router.execution.conditions import find_null_conditions
from entrepot.router.execution.errors.rewrites import ErrorRewriter
from entrepot.router.execution.fetch import Run
from entrepot.router.execution.incremental.deferred_output import Divider, Group
from entrepot.router.execution.incremental.delivery import Anchor, Delivery, Entries, Projected
from entrepot.router.execution.incremental.payloads import Payload
from entrepot.router.execution.introspection import add_introspected
from entrepot.router.execution.project import Violation
from entrepot.router.execution.result import ExecutionResult
from entrepot.router.selection import build_deferral

if TYPE_CHECKING:
    from entrepot.router.execution.execute import CompiledStep
    from entrepot.router.execution.introspection import Introspection
    from entrepot.router.execution.requests import ExecutionLimits, ExecutionRequest
    from entrepot.router.plan import QueryPlan

_NO_VARIABLES: Mapping[str, Any] = {}
_NOTHING_SAID = {
    "message": "A part of the answer could not be completed.",
    "extensions": {"code": "INVALID_SUBGRAPH_DATA"},
}


class DeferredPlan:
    """The deferred parts of one plan, ready to be executed; it holds nothing of a request."""

    def __init__(
        self,
        plan: QueryPlan,
        root: CompiledStep | None,
        parts: Mapping[int, CompiledStep | None],
        introspection: Introspection | None,
        limits: ExecutionLimits,
    ) -> None:
        self.output = plan.output
        self.root_keys = plan.root_keys
        self.nullable_conditions = plan.nullable_conditions
        self.root = root
        self.parts = parts
        self.introspection = introspection
        self.limits = limits
        self.deferrals = {part.deferral.number: part.deferral for part in plan.deferred}
        self.divider = Divider(plan.output, self.deferrals.values())
        self.delivered = {build_deferral(number).variable: True for number in self.deferrals}


class DeferredExecution:
    """One execution of a plan with deferred parts: first `begin`, then the payloads of `continue_`."""

    def __init__(self, plan: DeferredPlan, request: ExecutionRequest) -> None:
        self._plan = plan
        self._nulls = find_null_conditions(plan.nullable_conditions, request.variables)
        if self._nulls:
            request = replace(request, variables=self._nulls.replace_in(request.variables))
        self._run = Run(request)
        self._primary: Group = plan.divider.divide(request.variables)
        self._delivery = Delivery(plan.deferrals.values())
        self._fetched: set[int] = set()
        self._explained: dict[int | None, Explained] = {}
        # Errors that are not delivered yet, with the part of their fetches.
        self._entries: list[tuple[int | None, dict[str, Any]]] = []
        self._whole: dict[int, Entries] = {}
        self._told: set[int] = set()

    async def begin(self) -> Payload:
        """The first payload, with the primary part; `has_next` is false when nothing is deferred after all."""
        run, plan = self._run, self._plan
        completer = Completer(run.request.variables, Explained(), self._nulls)
        if completer.refuses(plan.output):
            return Payload(ExecutionResult(None, completer.errors), has_next=False)
        introspected: dict[str, Any] = {}
        if plan.introspection is not None:
            introspected = await plan.introspection.answer(run.request.variables)
        if plan.root is not None:
            work = plan.root.start(run)
            if work is not None:
                await work
        errors: Entries = []
        entries, explained = self._read_faults(run)
        self._explained[None] = explained
        for entry in entries:
            is_primary = self._primary.holds(step for step in entry.get("path", ()) if isinstance(step, str))
            if is_primary:
                errors = [*errors, entry]
            else:
                self._entries.append((None, entry))
        projected = self._project(self._primary, run.data, (), explained)
        errors = errors + projected.errors
        payload = self._delivery.begin(self._primary.place, run.data, projected.data)
        data = projected.data
        if data is not None:
            data = add_introspected(data, introspected, plan.root_keys)
        if not payload.has_next:
            errors = errors + [entry for _, entry in self._entries]
        payload.result = ExecutionResult(data, errors[: plan.limits.errors])
        return payload

    async def continue_(self) -> AsyncGenerator[Payload, None]:
        """The payloads after the first, each as soon as something is ready; closing it cancels what is on its way."""
        tasks: dict[asyncio.Task[Run], int] = {}
        begun: set[int] = set()
        try:
            while not self._delivery.is_over:
                for number in self._list_startable(begun):
                    begun.add(number)
                    tasks[asyncio.create_task(self._fetch(number))] = number
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in sorted(done, key=lambda task: tasks[task]):
                    self._accept(tasks.pop(task), task.result())
                payload = self._delivery.advance(self._fetched, self._project_anchor)
                if not payload.is_empty:
                    self._add_leftovers(payload)
                    yield payload
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def abandon(self, entry: dict[str, Any]) -> Payload:
        """The last payload of an execution that ends early: what is pending fails with this error."""
        return self._delivery.abandon(entry)

    def _list_startable(self, begun: set[int]) -> list[int]:
        """Parts that are wanted and whose parts around are fetched, or are not wanted themselves."""
        wanted = self._delivery.list_wanted()

        def is_settled(number: int | None) -> bool:
            if number is None or number in self._fetched:
                return True
            if number in wanted or number in begun:
                return False
            return is_settled(self._plan.deferrals[number].parent)

        return [number for number in sorted(wanted - begun) if is_settled(self._plan.deferrals[number].parent)]

    async def _fetch(self, number: int) -> Run:
        # A run of its own over the same data: it records its own errors, and follows paths again.
        run = Run(self._run.request, self._run.data)
        step = self._plan.parts[number]
        work = None if step is None else step.start(run)
        if work is not None:
            await work
        return run

    def _accept(self, number: int, run: Run) -> None:
        self._fetched.add(number)
        entries, explained = self._read_faults(run)
        self._explained[number] = explained
        self._entries += [(number, entry) for entry in entries if "path" in entry]
        self._whole[number] = [entry for entry in entries if "path" not in entry]

    def _read_faults(self, run: Run) -> tuple[Entries, Explained]:
        if not run.errors:
            return [], Explained()
        variables = {**run.request.variables, **self._plan.delivered}
        rewriter = ErrorRewriter(self._plan.output, run.data, variables)
        return rewriter.rewrite(run.errors, self._plan.limits.errors)

    def _project_anchor(self, anchor: Anchor) -> Projected:
        entries = self._take_entries(anchor)
        numbers = [each.deferral.number for each in anchor.fragments if each.deferral.number in self._fetched]
        projected = self._project(anchor.group, anchor.item, anchor.path, self._explain(numbers))
        errors = entries + projected.errors
        if projected.data is None:
            # The cause belongs to every object; errors of the part as a whole are repeated.
            whole = [entry for number in numbers for entry in self._whole[number]]
            return Projected(None, errors or whole or [_NOTHING_SAID])
        # Errors without a path are delivered once, with the first data of their part.
        fresh = [number for number in numbers if number not in self._told]
        self._told.update(fresh)
        return Projected(projected.data, errors + [entry for number in fresh for entry in self._whole[number]])

    def _take_entries(self, anchor: Anchor) -> Entries:
        size = len(anchor.path)
        taken: Entries = []
        left: list[tuple[int | None, dict[str, Any]]] = []
        for number, entry in self._entries:
            path = tuple(entry["path"])
            keys = (step for step in path[size:] if isinstance(step, str))
            is_near = path[:size] == anchor.path and (number is None or number in anchor.group.fragments)
            if is_near and anchor.group.holds(keys):
                taken.append(entry)
            else:
                left.append((number, entry))
        self._entries = left
        return taken

    def _explain(self, numbers: list[int]) -> Explained:
        """The errors of the parts and of all parts around them."""
        found: dict[int | None, Explained] = {None: self._explained[None]}
        for each in numbers:
            number: int | None = each
            while number is not None:
                if number in self._explained:
                    found[number] = self._explained[number]
                number = self._plan.deferrals[number].parent
        parts = list(found.values())
        return Explained(
            frozenset().union(*(item.places for item in parts)),
            any(item.has_failures for item in parts),
            any(item.has_unplaced for item in parts),
        )

    def _project(self, group: Group, item: dict[str, Any], path: tuple[Any, ...], explained: Explained) -> Projected:
        try:
            return Projected(group.projector.project(item, _NO_VARIABLES, self._nulls), [])
        except Violation:
            completer = Completer(_NO_VARIABLES, explained, self._nulls)
            data = completer.complete(group.output, item, path)
            return Projected(data, completer.errors[: self._plan.limits.errors])

    def _add_leftovers(self, payload: Payload) -> None:
        """At the end, errors that belong to no delivered data are delivered as well."""
        if payload.has_next or not payload.delivered:
            return
        payload.delivered[-1].errors.extend(entry for _, entry in self._entries)
        self._entries = []
