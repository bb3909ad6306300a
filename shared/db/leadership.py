"""Leadership of one process among several: an advisory lock on a connection of its own, an epoch and a heartbeat.

The lock tells at once when a leader has died, since PostgreSQL releases it with the connection. The heartbeat tells
when a leader is stopped or cut off, whose connection and lock stay: a standby then ends that connection. Taking the
lock and raising the epoch is one statement, so that the holder of the lock is named in the row. All times are the
database's.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from sqlalchemy import URL, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import NullPool

from entrepot.shared.clock import Clock
from entrepot.shared.db.engine import create_engine
from entrepot.shared.db.transient import is_unavailable
from entrepot.shared.errors import InternalError
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)

_LOCK: Final = 0x6C65_6164_6572
_SETUP_LOCK: Final = _LOCK + 1
_APPLICATION: Final = "entrepot-standby"
_ANSWER_SECONDS: Final = 2.0

_CREATE: Final = """
CREATE TABLE IF NOT EXISTS entrepot.leadership (
  id smallint PRIMARY KEY CHECK (id = 1), epoch bigint NOT NULL, session integer, holder text, renewed_at timestamptz)
"""
_FIRST_ROW: Final = "INSERT INTO entrepot.leadership (id, epoch) VALUES (1, 0) ON CONFLICT DO NOTHING"
_TRY_LOCK: Final = f"WITH lock AS MATERIALIZED (SELECT pg_try_advisory_lock({_LOCK}) AS is_taken)"
_CLAIM: Final = text(
    _TRY_LOCK
    + """
UPDATE entrepot.leadership
SET epoch = epoch + 1, session = pg_backend_pid(), holder = :holder, renewed_at = clock_timestamp()
FROM lock WHERE lock.is_taken RETURNING epoch
"""
)
_RESUME: Final = text(
    _TRY_LOCK
    + """
UPDATE entrepot.leadership SET session = pg_backend_pid(), renewed_at = clock_timestamp()
FROM lock WHERE lock.is_taken AND epoch = :epoch RETURNING epoch
"""
)
_RENEW: Final = text("""
UPDATE entrepot.leadership SET renewed_at = clock_timestamp()
WHERE epoch = :epoch AND session = pg_backend_pid() RETURNING epoch
""")
_READ: Final = text("SELECT epoch, holder FROM entrepot.leadership")
_END_HOLDER: Final = """
SELECT pg_terminate_backend(held.pid, 1000) FROM entrepot.leadership AS elected
JOIN pg_locks AS held ON held.pid = elected.session AND held.granted
  AND held.locktype = 'advisory' AND held.objsubid = 1 AND (held.classid::bigint << 32) + held.objid::bigint = :lock
  AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_END_SILENT: Final = text(
    _END_HOLDER + "WHERE elected.renewed_at < clock_timestamp() - make_interval(secs => :seconds)"
)
_END_OWN: Final = text(_END_HOLDER + "WHERE elected.epoch = :epoch")


class LeadershipLost(InternalError):
    """Another process leads now."""

    code = "LEADERSHIP_LOST"


@dataclass(frozen=True, slots=True)
class LeadershipRules:
    """Read from ENTREPOT_LEADERSHIP_*; in seconds.

    The leader renews its heartbeat every `renew`. One that has not done so for `silence` is replaced. A standby looks
    every `look`.
    """

    renew: float = 0.5
    silence: float = 2.5
    look: float = 0.25

    def __post_init__(self) -> None:
        wrong = [field.name for field in fields(self) if getattr(self, field.name) <= 0]
        if wrong:
            raise ValueError(f"must be above zero: {', '.join(wrong)}")
        if self.silence < 3 * self.renew:
            raise ValueError("silence must be at least three times renew, or a leader that is only busy is replaced")


class Leadership:
    """The part of this process in it: `stand_by` until it leads, then `keep` until it does not."""

    def __init__(self, url: URL, clock: Clock, rules: LeadershipRules, holder: str) -> None:
        self._clock = clock
        self._rules = rules
        self._holder = holder
        self._engine: AsyncEngine = create_engine(
            url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args={
                "timeout": _ANSWER_SECONDS,
                "command_timeout": _ANSWER_SECONDS,
                "server_settings": {"application_name": _APPLICATION},
            },
        )
        self._connection: AsyncConnection | None = None
        self._confirmed_at = float("-inf")
        self.epoch = 0

    @property
    def is_confirmed(self) -> bool:
        """Whether this process was the leader so recently that nobody can have taken over."""
        return self._clock.monotonic() - self._confirmed_at < self._rules.silence

    async def prepare(self) -> None:
        """Create what leaders are elected by, where it is missing. Raises what the driver raises."""
        async with self._engine.connect() as connection:
            # One process at a time: CREATE ... IF NOT EXISTS fails when two create the same at once.
            await connection.execute(text(f"SELECT pg_advisory_lock({_SETUP_LOCK})"))
            await connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS entrepot")
            await connection.exec_driver_sql(_CREATE)
            await connection.exec_driver_sql(_FIRST_ROW)

    async def stand_by(self) -> int:
        """Wait until this process leads; its epoch, which no leader had before."""
        has_warned = False
        while True:
            try:
                connection = self._connection or await self._connect()
                epoch = await self._try(connection)
            except Exception as error:
                await self._disconnect()
                if not _is_unavailable(error):
                    raise
                if not has_warned:
                    _log.warning("standby.database_unavailable", error=repr(error))
                has_warned = True
                # A leader that lost its connection as well goes first: a restart of the server replaces nobody.
                await self._clock.sleep(self._rules.silence)
                continue
            has_warned = False
            if epoch is not None:
                return epoch
            await self._clock.sleep(self._rules.look)

    async def keep(self) -> None:
        """Renew the heartbeat for as long as this process leads; then raise LeadershipLost."""
        while True:
            await self._clock.sleep(self._rules.renew)
            begun = self._clock.monotonic()
            try:
                if self._connection is None:
                    is_leader = await self._resume(await self._connect())
                else:
                    is_leader = await self._connection.scalar(_RENEW, {"epoch": self.epoch}) is not None
            except Exception as error:
                await self._disconnect()
                if not _is_unavailable(error):
                    raise
                _log.warning("leader.heartbeat_failed", error=repr(error))
                continue
            if is_leader:
                self._confirmed_at = begun
            else:
                await self._disconnect()

    async def close(self) -> None:
        """Give leadership up: a standby takes over at once."""
        self._confirmed_at = float("-inf")
        await self._disconnect()
        await self._engine.dispose()

    async def _try(self, connection: AsyncConnection) -> int | None:
        begun = self._clock.monotonic()
        epoch: int | None = await connection.scalar(_CLAIM, {"holder": self._holder})
        if epoch is None:
            ended = (await connection.execute(_END_SILENT, {"lock": _LOCK, "seconds": self._rules.silence})).all()
            if ended:
                _log.warning("standby.silent_leader_replaced")
                begun = self._clock.monotonic()
                epoch = await connection.scalar(_CLAIM, {"holder": self._holder})
        if epoch is not None:
            self.epoch, self._confirmed_at = epoch, begun
        return epoch

    async def _resume(self, connection: AsyncConnection) -> bool:
        """Lead on after the connection was lost; whether that is certain. Raises LeadershipLost."""
        if await connection.scalar(_RESUME, {"epoch": self.epoch}) is not None:
            return True
        epoch, holder = (await connection.execute(_READ)).one()
        if epoch == self.epoch:
            # The server has not noticed yet that the former connection of this process is gone.
            await connection.execute(_END_OWN, {"lock": _LOCK, "epoch": self.epoch})
        if epoch != self.epoch:
            # The lock may have been free, and must not stay here.
            await self._disconnect()
            raise LeadershipLost(
                f"{holder} has taken over (epoch {epoch} after {self.epoch}). This process was silent for longer than "
                f"{self._rules.silence} s and may not write any more. Start it again to have it stand by."
            )
        return False

    async def _connect(self) -> AsyncConnection:
        self._connection = await self._engine.connect()
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await connection.invalidate()
                await connection.close()
            except (SQLAlchemyError, OSError, TimeoutError):
                _log.debug("leadership.connection_lost")


def _is_unavailable(error: Exception) -> bool:
    return isinstance(error, OSError | TimeoutError) or is_unavailable(error)
