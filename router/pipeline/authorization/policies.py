"""Stage: policies decided by Python functions, each called at most once per request, and only if needed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from entrepot.router.pipeline.authorization.authorize import find_requirements
from entrepot.router.pipeline.context import RequestContext
from entrepot.shared.telemetry import get_logger

PolicyCheck = Callable[[RequestContext], Awaitable[bool]]
_log = get_logger(__name__)


class PolicyChecks:
    """Decides policies by name, in addition to the claim that lists policies."""

    def __init__(self, checks: Mapping[str, PolicyCheck]) -> None:
        self._checks = dict(checks)

    def evaluate_policies(self, context: RequestContext) -> Awaitable[None] | None:
        """Grant the policies that the operation needs and that hold; None when there is none to decide."""
        held = context.request.caller.policies
        needed = {
            name
            for requirement in find_requirements(context)
            for alternative in requirement.policies
            for name in alternative
            if name in self._checks and name not in held
        }
        return self._evaluate(context, sorted(needed)) if needed else None

    async def _evaluate(self, context: RequestContext, names: list[str]) -> None:
        results = await asyncio.gather(*(self._decide(name, context) for name in names))
        granted = {name for name, holds in zip(names, results, strict=True) if holds}
        context.granted_policies |= granted

    async def _decide(self, name: str, context: RequestContext) -> bool:
        try:
            return await self._checks[name](context) is True
        except Exception as error:  # noqa: BLE001 - a policy that cannot be decided does not hold
            _log.error("policy.failed", policy=name, exc_info=error)
            return False
