"""The read session of one operation: opened by its first fetch, closed when the operation ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.db.session import Database


class ReadScope:
    """One read session for all fetches of an operation, so that its answer is one consistent view.

    It is shared from `begin` to `close`. A fetch outside of that, or one that begins while another one uses the
    session, gets a session of its own: a session serves one statement at a time, and a fetch may wait for another one.
    Nothing may be awaited in the block but the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stack: AsyncExitStack | None = None
        self._session: AsyncSession | None = None
        self._is_shared = False
        self._is_used = False

    def begin(self) -> None:
        """Share the session from now on; the caller has to `close` it in the end."""
        self._is_shared = True

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncSession]:
        """The session, for the statements of one fetch; raises DatabaseUnavailable as `Database.read` does."""
        if self._is_used or not self._is_shared:
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
            await self._end()
            raise
        finally:
            self._is_used = False
            if self._has_ended():
                # The operation ended, or its caller left, while this fetch was under way.
                await self._end()

    def _has_ended(self) -> bool:
        return not self._is_shared

    async def close(self) -> None:
        """End the session, and the sharing. A fetch that still uses the session ends it when it is done."""
        self._is_shared = False
        if not self._is_used:
            await self._end()

    async def _end(self) -> None:
        stack, self._stack, self._session = self._stack, None, None
        if stack is not None:
            await stack.aclose()
