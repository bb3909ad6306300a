"""Failures of a transaction that another attempt may get past: its server is unavailable, or chose it as a victim."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from entrepot.shared.clock import Clock
from entrepot.shared.randomness import Randomness
from entrepot.shared.telemetry import get_logger

T = TypeVar("T")
_log: Final = get_logger(__name__)

_SERIALIZATION_FAILURE: Final = "40001"
_DEADLOCK_DETECTED: Final = "40P01"
_AWAY: Final = ("08", "53300", "57P01", "57P02", "57P03")
"""Begins of SQLSTATEs: connection exceptions, too many connections, a server that ends, crashed, or is starting."""

_ATTEMPTS: Final = 4
_PAUSE: Final = 0.02


def is_transient(error: BaseException) -> bool:
    """Whether PostgreSQL rolled the transaction back for the sake of another one (SQLSTATE class 40)."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return state in (_SERIALIZATION_FAILURE, _DEADLOCK_DETECTED)


def is_unavailable(error: BaseException) -> bool:
    """Whether there was no connection, or there is none any more: nothing is known to be wrong with the work itself."""
    if isinstance(error, NoFreeConnection):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    failure = error.orig if isinstance(error, DBAPIError) else error
    return (getattr(failure, "sqlstate", None) or "").startswith(_AWAY)


async def retry_transaction(work: Callable[[], Awaitable[T]], clock: Clock, randomness: Randomness) -> T:
    """What `work` answers, begun again when its transaction was such a victim: at most four times, after short pauses.

    `work` is one whole transaction whose effects are all in the database, so that to repeat it is safe. Raises what
    the last attempt raised.
    """
    for attempt in range(1, _ATTEMPTS):
        try:
            return await work()
        except DBAPIError as error:
            if not is_transient(error):
                raise
            _log.info("database.transaction_retried", attempt=attempt)
        await clock.sleep(randomness.uniform(_PAUSE, 2 * _PAUSE * attempt))
    return await work()
