"""Failures of a transaction that another attempt may get past: the server chose it as the victim, nothing is wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError

from shared.clock import Clock
from shared.randomness import Randomness
from shared.telemetry import get_logger

T = TypeVar("T")
_log: Final = get_logger(__name__)

_SERIALIZATION_FAILURE: Final = "40001"
_DEADLOCK_DETECTED: Final = "40P01"
_ATTEMPTS: Final = 4
_PAUSE: Final = 0.02


def is_transient(error: BaseException) -> bool:
    """Whether PostgreSQL rolled the transaction back for the sake of another one (SQLSTATE class 40)."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state in (_SERIALIZATION_FAILURE, _DEADLOCK_DETECTED)


async def repeat_transaction(work: Callable[[], Awaitable[T]], clock: Clock, randomness: Randomness) -> T:
    """What `work` answers, begun anew when its transaction was such a victim: at most four times, after short pauses.

    `work` is one whole transaction whose effects are all in the database, so that to repeat it is safe. Raises what
    the last attempt raised.
    """
    for attempt in range(1, _ATTEMPTS):
        try:
            return await work()
        except DBAPIError as error:
            if not is_transient(error):
                raise
            _log.info("database.transaction_repeated", attempt=attempt)
        await clock.sleep(randomness.uniform(_PAUSE, 2 * _PAUSE * attempt))
    return await work()
