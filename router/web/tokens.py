"""How long the token of a stream holds: until it expires, or is revoked on the way."""

from __future__ import annotations

import asyncio

from router.errors import Unauthenticated
from router.pipeline.authenticate import Authenticator
from router.pipeline.context import Caller
from shared.clock import Clock
from shared.telemetry import get_logger

_log = get_logger(__name__)


async def wait_forever() -> None:
    """Return when cancelled, and no sooner."""
    await asyncio.get_running_loop().create_future()


async def wait_until_refused(
    authenticator: Authenticator, caller: Caller, clock: Clock, recheck: float
) -> Unauthenticated:
    """Return the reason when the caller's token no longer holds; for the anonymous, never return."""
    expires = caller.principal.expires_at
    if expires is None:
        await wait_forever()
        return Unauthenticated("Log in first.")
    while (left := (expires - clock.now()).total_seconds()) > 0:
        await clock.sleep(min(left, recheck))
        try:
            await authenticator.authenticate(caller.authorization)
        except Unauthenticated as error:
            return error
        except Exception as error:  # noqa: BLE001 - a denylist that cannot be asked must not end all streams at once
            _log.warning("stream.recheck_failed", error=repr(error))
    return Unauthenticated("The access token has expired. Connect again with a fresh one.")
