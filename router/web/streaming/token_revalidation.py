"""Token revalidation: a stream is closed when its access token expires or is revoked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from entrepot.router.errors import Unauthenticated
from entrepot.router.pipeline.authentication.authenticator import Authenticator
from entrepot.router.pipeline.authentication.caller import Caller
from entrepot.router.web.streaming.schedule import Schedule, ScheduledCall
from entrepot.shared.clock import Clock
from entrepot.shared.telemetry import get_logger

_log = get_logger(__name__)


class TokenRevalidation:
    """Calls `refuse` with the reason when the caller's token no longer holds; for the anonymous, never.

    The token is verified again every `revalidation_interval` seconds, and when it expires.
    """

    __slots__ = (
        "_authenticator",
        "_call",
        "_caller",
        "_clock",
        "_refuse",
        "_revalidation_interval",
        "_schedule",
        "_task",
    )

    def __init__(
        self,
        authenticator: Authenticator,
        caller: Caller,
        clock: Clock,
        schedule: Schedule,
        revalidation_interval: float,
        refuse: Callable[[Unauthenticated], None],
    ) -> None:
        self._authenticator = authenticator
        self._caller = caller
        self._clock = clock
        self._schedule = schedule
        self._revalidation_interval = revalidation_interval
        self._refuse = refuse
        self._call: ScheduledCall | None = None
        self._task: asyncio.Task[None] | None = None
        self._wait()

    def cancel(self) -> None:
        """RequestObserver no longer."""
        if self._call is not None:
            self._call.cancel()
        if self._task is not None:
            self._task.cancel()

    def _wait(self) -> None:
        expires = self._caller.principal.expires_at
        if expires is None:
            return
        left = (expires - self._clock.now()).total_seconds()
        if left > 0:
            self._call = self._schedule.call_later(min(left, self._revalidation_interval), self._begin_check)
        else:
            self._refuse(Unauthenticated("The access token has expired. Connect again with a fresh one."))

    def _begin_check(self) -> None:
        self._task = asyncio.create_task(self._check())

    async def _check(self) -> None:
        try:
            await self._authenticator.authenticate(self._caller.authorization, self._caller.api_key)
        except Unauthenticated as error:
            self._refuse(error)
            return
        except Exception as error:  # noqa: BLE001 - a denylist that cannot be asked must not end all streams at once
            _log.warning("stream.token_revalidation_failed", error=repr(error))
        self._wait()
