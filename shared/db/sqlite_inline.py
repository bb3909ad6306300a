"""SQLite on the event loop: a local call takes microseconds, less than a hop to a thread and back.

`connect` answers with the part of aiosqlite's connection that SQLAlchemy's dialect uses. A database that another
connection is writing to is waited for without blocking the loop, so that the writer, on the same loop, can finish.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final, Self

from entrepot.shared.clock import Clock

_BUSY_TIMEOUT: Final = 10.0
_BUSY_PAUSE: Final = 0.002


_PRAGMAS: Final = ("busy_timeout=0", "journal_mode=WAL", "synchronous=NORMAL")


async def connect(path: str, clock: Clock, *, foreign_keys: bool = True) -> InlineConnection:
    """Open the file; autocommit, so that BEGIN is ours to say."""
    connection = InlineConnection(
        sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0, uri=True), clock
    )
    try:
        for pragma in (*_PRAGMAS, f"foreign_keys={'ON' if foreign_keys else 'OFF'}"):
            # Another process may be opening, recovering or closing the same file: its lock is waited for as well.
            async with connection.cursor() as cursor:
                await cursor.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.stop()
        raise
    return connection


class InlineConnection:
    """A sqlite3 connection whose methods are awaited."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._clock = clock

    @property
    def open(self) -> sqlite3.Connection:
        """The connection of the driver; raises ValueError after `close`."""
        if self._connection is None:
            raise ValueError("Connection closed")
        return self._connection

    def cursor(self) -> InlineCursor:
        return InlineCursor(self.open.cursor(), self._patiently)

    async def commit(self) -> None:
        await self._patiently(self.open.commit)

    async def rollback(self) -> None:
        self.open.rollback()

    async def close(self) -> None:
        self.stop()

    def stop(self) -> None:
        """Close at once."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        self.open.create_function(*arguments, **options)

    async def _patiently(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """The call's result, tried again while another connection holds the lock that it needs."""
        deadline: float | None = None
        while True:
            try:
                return call(*arguments)
            except sqlite3.OperationalError as error:
                code = error.sqlite_errorcode
                # A view that is too old to be written in stays so, however long one waits.
                if code & 0xFF != sqlite3.SQLITE_BUSY or code == sqlite3.SQLITE_BUSY_SNAPSHOT:
                    raise
                now = self._clock.monotonic()
                deadline = deadline or now + _BUSY_TIMEOUT
                if now >= deadline:
                    raise
            await self._clock.sleep(_BUSY_PAUSE)


class InlineCursor:
    """A sqlite3 cursor whose methods are awaited."""

    def __init__(self, cursor: sqlite3.Cursor, patiently: Callable[..., Awaitable[Any]]) -> None:
        self._cursor = cursor
        self._patiently = patiently

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._cursor.close()

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    @property
    def arraysize(self) -> int:
        return self._cursor.arraysize

    @arraysize.setter
    def arraysize(self, value: int) -> None:
        self._cursor.arraysize = value

    async def execute(self, operation: str, parameters: Sequence[Any] = ()) -> Self:
        await self._patiently(self._cursor.execute, operation, parameters)
        return self

    async def executemany(self, operation: str, parameters: Iterable[Sequence[Any]]) -> Self:
        await self._patiently(self._cursor.executemany, operation, parameters)
        return self

    async def fetchone(self) -> Any:
        return self._cursor.fetchone()

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        return self._cursor.fetchmany(self._cursor.arraysize if size is None else size)

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()
