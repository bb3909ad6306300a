"""The read session of one operation: opened by its first fetch, closed when the operation ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db.session import Database


class ReadScope:
    """One read session for all fetches of an operation, so that its answer is one consistent view.

    A fetch that begins while another one uses the session gets a session of its own: a session serves one statement at
    a time, and a fetch may wait for another one. Nothing may be awaited in the block but the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stack: AsyncExitStack | None = None
        self._session: AsyncSession | None = None
        self._is_used = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncSession]:
        """The session, for the statements of one fetch; raises DatabaseUnavailable as `Database.read` does."""
        if self._is_used:
            async with self._database.read() as session:
                yield session
            return
        self._is_used = True
        try:
            with self._database.translate_errors():
                if self._session is None:
                    self._stack = AsyncExitStack()
                    self._session = await self._stack.enter_async_context(self._database.read())
                yield self._session
        except BaseException:
            # A transaction in which a statement failed, or was cut off, answers nothing more.
            await self.close()
            raise
        finally:
            self._is_used = False

    async def close(self) -> None:
        """End the session; the next fetch opens a new one, which sees what was committed meanwhile."""
        stack, self._stack, self._session = self._stack, None, None
        if stack is not None:
            await stack.aclose()
