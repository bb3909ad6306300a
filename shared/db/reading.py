"""The read connection of one operation: opened by its first fetch, closed when the operation ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from entrepot.shared.db.session import Database

Reader = AsyncConnection | AsyncSession
"""Where statements of SQLAlchemy Core are executed for reading."""


class ReadScope:
    """One connection for all fetches of an operation, so that its answer is one consistent view.

    It is shared from `begin` to `close`; a fetch outside of that has one of its own. Fetches of one operation
    take turns: each waits for nothing but the database, and no operation holds a connection while it waits for another
    one, which would let a few operations at once use up the pool and wait for each other.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._user: asyncio.Task[Any] | None = None
        self._stack: AsyncExitStack | None = None
        self._connection: AsyncConnection | None = None
        self._is_shared = False

    def begin(self) -> None:
        """Share the connection from now on; the caller has to `close` it in the end."""
        self._is_shared = True

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncConnection]:
        """The connection, for the statements of one fetch; raises DatabaseUnavailable as `Database.read` does.

        Nothing may be awaited in the block but the connection: a fetch within a fetch raises RuntimeError.
        """
        async with self._use_shared() if self._is_shared else self._database.read_connection() as connection:
            yield connection

    async def renew(self) -> None:
        """Give the connection back once no fetch uses it: the next fetch reads what is committed by then."""
        async with self._take_turn():
            await self._end()

    async def close(self) -> None:
        """Give the connection back, and end the sharing. A fetch that still uses it gives it back when it is done."""
        self._is_shared = False
        if not self._turn.locked():
            await self._end()

    @asynccontextmanager
    async def _use_shared(self) -> AsyncIterator[AsyncConnection]:
        async with self._take_turn():
            try:
                with self._database.translate_errors():
                    yield await self._enter()
            except BaseException:
                # A transaction in which a statement failed, or was cut off, answers nothing more.
                await self._end()
                raise
            finally:
                if not self._is_shared:
                    # The operation ended, or its caller left, while this fetch was under way.
                    await self._end()

    @asynccontextmanager
    async def _take_turn(self) -> AsyncIterator[None]:
        if self._user is not None and self._user is asyncio.current_task():
            raise RuntimeError("A fetch is under way in this task: end its block first.")
        async with self._turn:
            self._user = asyncio.current_task()
            try:
                yield
            finally:
                self._user = None

    async def _end(self) -> None:
        stack, self._stack, self._connection = self._stack, None, None
        if stack is not None:
            await stack.aclose()

    async def _enter(self) -> AsyncConnection:
        if self._connection is None:
            self._stack = AsyncExitStack()
            self._connection = await self._stack.enter_async_context(self._database.read_connection())
        return self._connection
