"""Liveness and readiness: of the router itself, and of its dependencies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from entrepot.router.web.asgi import Receive, Scope, Send, send_json
from entrepot.shared.telemetry import get_logger

ReadinessCheck = Callable[[], Awaitable[None]]
_PATIENCE: Final = 5.0
_NO_STORE: Final = ((b"cache-control", b"no-store"),)
_log = get_logger(__name__)


async def answer_live(_scope: Scope, _receive: Receive, send: Send) -> None:
    """200 as long as the process answers at all."""
    await send_json(send, 200, {"status": "live"}, _NO_STORE)


class Readiness:
    """200 when every check returns, 503 with the names of those that raise or take too long, and when it closes."""

    def __init__(self, checks: Mapping[str, ReadinessCheck], is_closing: Callable[[], bool]) -> None:
        self._checks = dict(checks)
        self._is_closing = is_closing

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        if self._is_closing():
            await send_json(send, 503, {"status": "closing", "checks": {}}, _NO_STORE)
            return
        outcomes = await asyncio.gather(*(self._run(name, check) for name, check in self._checks.items()))
        checks = dict(zip(self._checks, outcomes, strict=True))
        is_ready = all(outcome == "ok" for outcome in outcomes)
        content = {"status": "ready" if is_ready else "not ready", "checks": checks}
        await send_json(send, 200 if is_ready else 503, content, _NO_STORE)

    async def _run(self, name: str, check: ReadinessCheck) -> str:
        try:
            async with asyncio.timeout(_PATIENCE):
                await check()
        except Exception as error:  # noqa: BLE001 - whatever a check raises means that it does not hold
            _log.warning("readiness.check_failed", check=name, error=repr(error))
            return "failed"
        return "ok"
