"""Stage: policies that Python code decides, each asked at most once a request and only where an operation needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from entrepot.router.pipeline.authorization.authorize import find_requirements
from entrepot.router.pipeline.context import RequestContext
from entrepot.shared.telemetry import get_logger

PolicyCheck = Callable[[RequestContext], Awaitable[bool]]
_log = get_logger(__name__)


class PolicyChecks:
    """Decides policies by name, beside the claim that lists those which hold anyway."""

    def __init__(self, checks: Mapping[str, PolicyCheck]) -> None:
        self._checks = dict(checks)

    def ask_policies(self, context: RequestContext) -> Awaitable[None] | None:
        """Add to the caller the policies that the operation asks for and that hold; None when none is to be asked."""
        held = context.caller.policies
        needed = {
            name
            for requirement in find_requirements(context)
            for alternative in requirement.policies
            for name in alternative
            if name in self._checks and name not in held
        }
        return self._ask(context, sorted(needed)) if needed else None

    async def _ask(self, context: RequestContext, names: list[str]) -> None:
        answers = await asyncio.gather(*(self._decide(name, context) for name in names))
        granted = {name for name, holds in zip(names, answers, strict=True) if holds}
        context.caller = replace(context.caller, policies=context.caller.policies | granted)

    async def _decide(self, name: str, context: RequestContext) -> bool:
        try:
            return await self._checks[name](context) is True
        except Exception as error:  # noqa: BLE001 - a policy that cannot be decided does not hold
            _log.error("policy.failed", policy=name, exc_info=error)
            return False
