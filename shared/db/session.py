"""One database of one subgraph: short read sessions, and write sessions that take their turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Dialect, event, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, InvalidatePoolError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from entrepot.shared.clock import Clock
from entrepot.shared.db import sqlite_inline
from entrepot.shared.db.engine import create_engine
from entrepot.shared.db.options import ConnectionOptions
from entrepot.shared.db.transient import is_unavailable
from entrepot.shared.errors import SettingsInvalid, Unavailable

_BEGIN: Final = "entrepot_begin"
_WRITING: Final = "BEGIN IMMEDIATE"
_SQLITE_POOL: Final = 8

_ONE_VIEW: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""On PostgreSQL, where each statement of a transaction has a view of its own otherwise. SQLite's have one always."""

_SCHEMA_LOCK: Final = 0x656E_7472_6570_6F74
"""The advisory lock for changing the tables of a PostgreSQL database; locks of each database are its own."""


CheckConnection = Callable[[Any], Awaitable[None]]
"""Called with each new connection of the driver before its first use; raises to refuse it."""


class DatabaseUnavailable(Unavailable):
    """The database is unavailable; of a commit under way it is unknown whether it was made."""


class Database:
    """The engine of one database. A session never outlives the block it was opened in.

    While the database is unavailable, opening a session or using it raises DatabaseUnavailable. `check` is applied to
    each new connection of a PostgreSQL database.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        options: ConnectionOptions | None = None,
        *,
        application: str = "entrepot",
        check: CheckConnection | None = None,
    ) -> None:
        self.url = make_url(url)
        self._check = check
        self._options = options or ConnectionOptions()
        self._application = application
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._clock = clock
        self.engine = self._create_engine(_SQLITE_POOL)
        self._reader = self.engine if self.is_sqlite else self.engine.execution_options(**_ONE_VIEW)
        # One writer at a time on SQLite: waiting here is fair and free, waiting for SQLite's own lock is neither.
        self._turn: asyncio.Lock | nullcontext[None] = asyncio.Lock() if self.is_sqlite else nullcontext()
        self._writer = self.engine.execution_options(**{_BEGIN: _WRITING}) if self.is_sqlite else self.engine

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading: one consistent view; nothing is kept of what is changed, and PostgreSQL refuses it."""
        with self.translate_errors():
            async with AsyncSession(self._reader, expire_on_commit=False, autoflush=False) as session:
                yield session

    @asynccontextmanager
    async def read_connection(self) -> AsyncIterator[AsyncConnection]:
        """As `read`, for statements of SQLAlchemy Core alone: rows cost less without a session."""
        with self.translate_errors():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session for one unit of work; the caller commits, leaving without a commit rolls back."""
        with self.translate_errors():
            async with self._turn, AsyncSession(self._writer, expire_on_commit=False) as session:
                yield session

    @asynccontextmanager
    async def write_schema(self) -> AsyncIterator[AsyncSession]:
        """A session for changing tables, committed at the end of the block.

        SQLite changes a table by making it again and dropping the old one, which deletes the rows that refer to it when
        foreign keys are minded: they are not, in this block, and all are checked before the commit. On PostgreSQL one
        process at a time changes tables, and the others wait for it; a change waits for the transactions of those who
        use a table no longer than `lock_timeout`, since everybody else waits behind it.

        Raises IntegrityError when rows would refer to rows that are gone.
        """
        engine = self._create_engine(1, is_for_schema=True)
        try:
            if not self.is_sqlite:
                async with AsyncSession(engine, expire_on_commit=False) as session:
                    for limit in ("lock_timeout", "statement_timeout"):
                        await session.execute(text(f"SET LOCAL {limit} = 0"))
                    await session.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
                    milliseconds = int(self._options.lock_timeout * 1000)
                    await session.execute(text(f"SET LOCAL lock_timeout = {milliseconds}"))
                    yield session
                    await session.commit()
                return
            writer = engine.execution_options(**{_BEGIN: _WRITING})
            async with self._turn, AsyncSession(writer, expire_on_commit=False) as session:
                yield session
                broken = (await session.execute(text("PRAGMA foreign_key_check"))).all()
                if broken:
                    raise IntegrityError("PRAGMA foreign_key_check", None, ValueError(f"{broken[:10]}"))
                await session.commit()
        finally:
            await engine.dispose()

    def count_statements(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with the text of every statement; the answer ends that."""

        def on_execute(_c: Any, _u: Any, statement: str, _p: Any, _x: Any, _m: Any) -> None:
            listener(statement)

        event.listen(self.engine.sync_engine, "before_cursor_execute", on_execute)
        return lambda: event.remove(self.engine.sync_engine, "before_cursor_execute", on_execute)

    async def dispose(self) -> None:
        await self.engine.dispose()

    @contextmanager
    def translate_errors(self) -> Iterator[None]:
        """A failure of the connection raises DatabaseUnavailable; any other is raised as it was."""
        try:
            yield
        except SQLAlchemyError as error:
            if is_unavailable(error):
                raise DatabaseUnavailable from error
            raise
        except TimeoutError as error:
            # The server did not even say that a statement took too long.
            if self.is_sqlite:
                raise
            raise DatabaseUnavailable from error

    def _create_engine(self, pool_size: int, *, is_for_schema: bool = False) -> AsyncEngine:
        # Parameters are people's data: they do not belong into the messages of errors, which are logged and kept.
        if not self.is_sqlite:
            options = self._options.build_engine_options(self._application, is_patient=is_for_schema)
            engine = create_engine(self.url, hide_parameters=True, **options)
            event.listen(engine.sync_engine, "do_connect", partial(_connect, self._check))
            event.listen(engine.sync_engine, "checkout", _check_open)
            return engine
        path, clock = self.url.database, self._clock
        if not path or path == ":memory:":
            raise SettingsInvalid("A SQLite database is a file: several connections share it. Name one in its URL.")
        engine = create_async_engine(
            self.url.set(drivername="sqlite+aiosqlite"),
            pool_size=pool_size,
            max_overflow=-1,
            hide_parameters=True,
            connect_args={
                "async_creator_fn": lambda *_args, **_options: sqlite_inline.connect(
                    path, clock, foreign_keys=not is_for_schema
                )
            },
        )
        event.listen(engine.sync_engine, "begin", _begin)
        return engine


def _connect(
    check: CheckConnection | None, dialect: Dialect, _record: Any, arguments: list[Any], options: dict[str, Any]
) -> Any:
    """Connect as the dialect does, and check the connection; a server that cannot be reached is unavailable."""
    try:
        connection: Any = dialect.connect(*arguments, **options)
        if check is not None:
            _apply(check, connection)
    except Exception as error:
        if isinstance(error, OSError | TimeoutError) or is_unavailable(error):
            raise DatabaseUnavailable from error
        raise
    return connection


def _check_open(connection: Any, _record: Any, _proxy: Any) -> None:
    """Refuse a pooled connection that its server has closed, and with it all that are as old: the pool opens new ones.

    The driver knows it without a query. SQLAlchemy's own check (`pool_pre_ping`) sends one in a transaction of its own:
    three round trips for each use of a connection.
    """
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


def _apply(check: CheckConnection, connection: Any) -> None:
    try:
        connection.run_async(check)
    except BaseException:
        connection.terminate()
        raise


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))
