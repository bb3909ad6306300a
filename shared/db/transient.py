"""Failures of a transaction that another attempt may get past: its server is unavailable, or another one was first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.orm.exc import StaleDataError

from entrepot.shared.clock import Clock
from entrepot.shared.errors import Contended, InternalError
from entrepot.shared.randomness import Randomness
from entrepot.shared.telemetry import get_logger

T = TypeVar("T")
_log: Final = get_logger(__name__)

_LOST_A_RACE: Final = ("40001", "40P01", "23505")
"""SQLSTATEs: a serialization failure, a deadlock, and a unique key that another transaction took in the meantime."""

_LOCK_TIMEOUT: Final = "55P03"
"""The SQLSTATE of a lock that was waited for longer than `lock_timeout`: the other transaction is slow, not wrong."""
_LOCK_TIMEOUTS: Final = 3
"""How often one transaction waits that long."""

_UNIQUE: Final = "UNIQUE constraint failed"
"""What SQLite says instead of the last one."""

_AWAY: Final = ("08", "53300", "57P01", "57P02", "57P03")
"""Begins of SQLSTATEs: connection exceptions, too many connections, a server that ends, crashed, or is starting."""

_ATTEMPTS: Final = 16
_PAUSE: Final = 0.02


class ConcurrentChange(InternalError):
    """Another transaction changed what this one relies on; nothing of this one stays, and it is tried again."""

    code = "CONCURRENT_CHANGE"


def is_transient(error: BaseException) -> bool:
    """Whether another transaction was first: it changed or inserted the same row, or this one was its victim."""
    if isinstance(error, StaleDataError | ConcurrentChange):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error, IntegrityError) and str(error.orig).startswith(_UNIQUE):
        return True
    return getattr(error.orig, "sqlstate", None) in _LOST_A_RACE


def is_unavailable(error: BaseException) -> bool:
    """Whether there was no connection, or there is none any more: nothing is known to be wrong with the work itself."""
    if isinstance(error, NoFreeConnection):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    failure = error.orig if isinstance(error, DBAPIError) else error
    return (getattr(failure, "sqlstate", None) or "").startswith(_AWAY)


def is_lock_timeout(error: BaseException) -> bool:
    """Whether it waited for a lock for longer than it may."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == _LOCK_TIMEOUT


async def retry_transaction(work: Callable[[], Awaitable[T]], clock: Clock, randomness: Randomness) -> T:
    """What `work` answers, begun again after short pauses whenever another transaction was first.

    `work` is one whole transaction whose effects are all in the database, so that to repeat it is safe. Raises
    Contended when others were first each time, and anything else that `work` raises.
    """
    waits = 0
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return await work()
        except (DBAPIError, StaleDataError, ConcurrentChange) as error:
            has_waited = is_lock_timeout(error)
            waits += has_waited
            if not (has_waited or is_transient(error)):
                raise
            if attempt == _ATTEMPTS or waits == _LOCK_TIMEOUTS:
                _log.warning("database.transaction_given_up", attempts=attempt, exc_info=error)
                raise Contended from error
            _log.info("database.transaction_retried", attempt=attempt, exc_type=type(error).__name__)
        await clock.pause(randomness.uniform(0, _PAUSE * attempt))
    raise AssertionError("the last attempt returns or raises")
