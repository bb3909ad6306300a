"""A fence before a database: sessions of a leader that was replaced are ended, and it cannot open others.

The fence costs nothing per transaction. It holds because of the order of two steps. A new leader first raises the
epoch, then ends all sessions of earlier leaders. A session that a former leader opened before the epoch was raised is
in the list of sessions and is ended; a session that it opens afterwards reads the new epoch before its first use and is
refused.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from entrepot.shared.db.session import DatabaseUnavailable
from entrepot.shared.errors import InternalError

_APPLICATION: Final = "entrepot-leader"
_END_MILLISECONDS: Final = 3000

_READ: Final = "SELECT epoch FROM entrepot.fence"
_CREATE: Final = """
CREATE TABLE IF NOT EXISTS entrepot.fence (id smallint PRIMARY KEY CHECK (id = 1), epoch bigint NOT NULL)
"""
_RAISE: Final = text("""
INSERT INTO entrepot.fence AS fence (id, epoch) VALUES (1, :epoch)
ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch WHERE fence.epoch < excluded.epoch
RETURNING epoch
""")
_END_SESSIONS: Final = text(f"""
SELECT pid, pg_terminate_backend(pid, {_END_MILLISECONDS}) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user
  AND application_name LIKE '{_APPLICATION}:%' AND application_name <> :own
""")  # noqa: S608 - a constant


class SessionFenced(DatabaseUnavailable):
    """Another process has taken over: this one may not use the database any more."""


class FenceNotRaised(InternalError):
    """Sessions of the former leader could not be ended."""

    code = "FENCE_NOT_RAISED"


class Fence:
    """The epoch of this process; it has none until it leads."""

    def __init__(self) -> None:
        self.epoch = 0

    @property
    def application(self) -> str:
        """The application name of the sessions of this leader."""
        return f"{_APPLICATION}:{self.epoch}"

    async def check(self, connection: Any) -> None:
        """Name the session, and raise SessionFenced unless its database is at the epoch of this process."""
        # The name comes first: a session that passes the check is found by the process that raises the epoch later.
        await connection.execute(f"SET SESSION application_name = '{self.application}'")
        if self.epoch == 0 or await connection.fetchval(_READ) != self.epoch:
            raise SessionFenced

    async def raise_in(self, connection: AsyncConnection) -> None:
        """Shut out all earlier leaders; returns when none of their sessions is left.

        `connection` commits each statement by itself. Raises SessionFenced where a later leader did the same, and
        FenceNotRaised when a session does not end.
        """
        await connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS entrepot")
        await connection.exec_driver_sql(_CREATE)
        if await connection.scalar(_RAISE, {"epoch": self.epoch}) != self.epoch:
            raise SessionFenced
        ended = (await connection.execute(_END_SESSIONS, {"own": self.application})).all()
        left = [pid for pid, has_ended in ended if not has_ended]
        if left:
            raise FenceNotRaised(
                f"PostgreSQL did not end the sessions {left} of the former leader within "
                f"{_END_MILLISECONDS // 1000} s. Look at them in pg_stat_activity; this process tries again when it is "
                "started again."
            )
