"""Whether the tables of a database are at the newest revision, at an older one, or at one of another version."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import URL, column, select, table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import NullPool

from entrepot.shared.db.engine import create_engine
from entrepot.shared.db.migrations import KERNEL_HISTORY, History, succeed
from entrepot.shared.errors import InternalError

_NO_DATABASE: Final = "3D000"
_NO_ROLE: Final = "28"
"""What a SQLSTATE begins with when the role is missing or its password is another one."""


class DatabaseMissing(InternalError):
    """The database of a subgraph, or its role, has not been created."""

    code = "DATABASE_MISSING"


class RevisionUnknown(InternalError):
    """The tables are those of another version of Entrepot."""

    code = "DATABASE_REVISION_UNKNOWN"


async def check_revisions(name: str, url: URL, folder: Path) -> bool:
    """Whether its tables and the kernel's are at the newest revision; an empty database and an older one are not.

    Raises DatabaseMissing and RevisionUnknown, and what the driver raises for a server that refuses.
    """
    histories = (KERNEL_HISTORY, History.of(folder))
    found = await _read_revisions(name, url, histories)
    is_newest = True
    for history, revision in zip(histories, found, strict=True):
        known = history.list_revisions()
        current = succeed(revision, known)
        if current is not None and current not in known:
            raise RevisionUnknown(
                f"The tables of {name} are at revision {current}, which this version of Entrepot does not know: a "
                f"newer one has changed them. Start that version; its revisions go forward only."
            )
        is_newest = is_newest and revision == known[-1]
    return is_newest


async def _read_revisions(name: str, url: URL, histories: Sequence[History]) -> list[str | None]:
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            return [await _read_revision(connection, history.version_table) for history in histories]
    except Exception as error:
        failure = error.orig if isinstance(error, DBAPIError) else error
        state = getattr(failure, "sqlstate", None) or ""
        if state != _NO_DATABASE and not state.startswith(_NO_ROLE):
            raise
        is_there = state != _NO_DATABASE
        # A role is also refused by rules of the server, as for connections without TLS.
        lacks = f"refuses the role {url.username}" if is_there else f"has no database {url.database}"
        reason = f": {failure}" if is_there else ""
        raise DatabaseMissing(
            f"PostgreSQL at {url.host}:{url.port or 5432} {lacks} ({name}){reason}. Run `entrepot create-databases` "
            "with the same URL, which creates the databases and roles of all subgraphs, and sets their passwords."
        ) from error
    finally:
        await engine.dispose()


async def _read_revision(connection: AsyncConnection, version_table: str) -> str | None:
    if await connection.scalar(text("SELECT to_regclass(:table)"), {"table": f"public.{version_table}"}) is None:
        return None
    revision: str | None = await connection.scalar(select(column("version_num")).select_from(table(version_table)))
    return revision
