"""Whether the tables of a database are at the newest revision, at an older one, or at one of another version."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from entrepot.shared.db import list_revisions
from entrepot.shared.db.engine import create_engine
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
    """Whether the tables are at the newest revision; an empty database and an older one are not.

    Raises DatabaseMissing and RevisionUnknown, and what the driver raises for a server that refuses.
    """
    current = await _read_revision(name, url)
    known = list_revisions(folder)
    if current is not None and current not in known:
        raise RevisionUnknown(
            f"The tables of {name} are at revision {current}, which this version of Entrepot does not know: a newer "
            f"one has changed them. Start that version; its revisions go forward only."
        )
    return current == known[-1]


async def _read_revision(name: str, url: URL) -> str | None:
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            if await connection.scalar(text("SELECT to_regclass('public.alembic_version')")) is None:
                return None
            revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
            return revision
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
