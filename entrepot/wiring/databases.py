"""A database and a role for each subgraph: nobody but its owner may connect to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from entrepot.shared.db.engine import create_engine
from entrepot.shared.db.transient import is_unavailable
from entrepot.shared.errors import InternalError, SettingsInvalid, Unavailable

_LOCK = 7_112_026
"""The advisory lock for creating roles and databases, in the database that the administrator's URL names."""
_REFUSALS: Final = ("28", "3D", "42501", "55P03")
"""Prefixes of SQLSTATEs that concern the client or a concurrent one, not the statement."""
_ROLE_EXISTS = "SELECT 1 FROM pg_roles WHERE rolname = :name"
_DATABASE_EXISTS = "SELECT 1 FROM pg_database WHERE datname = :name"


class DatabaseRefused(InternalError):
    """The server of a database does not answer, or does not let one in."""

    code = "DATABASE_REFUSED"


@contextmanager
def named(url: URL) -> Iterator[None]:
    """Say of a failure which database it was, and as whom; raises DatabaseRefused, and all other errors as they are."""
    try:
        yield
    except (Unavailable, DBAPIError, OSError) as error:
        state = str(getattr(error.orig, "sqlstate", "")) if isinstance(error, DBAPIError) else ""
        if isinstance(error, DBAPIError) and not (is_unavailable(error) or state.startswith(_REFUSALS)):
            raise
        where = f"PostgreSQL at {url.host}:{url.port or 5432} (database {url.database}, role {url.username})"
        raise DatabaseRefused(f"{where}: {_find_reason(error)}") from error


def _find_reason(error: BaseException) -> str:
    """What the driver said first."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error).partition("\n")[0] or type(error).__name__


async def create_databases(admin: str, urls: Mapping[str, str]) -> list[str]:
    """What was done, a line each. `admin` is the URL of one who may create roles and databases."""
    server = make_url(admin)
    engine = create_engine(server, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with named(server):
            async with engine.connect() as connection:
                # One at a time: PostgreSQL rejects a concurrent creation of the same role or database.
                await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
                return [await _create(connection, name, make_url(url)) for name, url in urls.items()]
    finally:
        await engine.dispose()


async def _create(connection: AsyncConnection, name: str, url: URL) -> str:
    role, database = url.username, url.database
    if not role or not database or not url.password:
        raise SettingsInvalid(f"The URL of the database of {name} lacks its role, its password or its name.")
    quote = connection.dialect.identifier_preparer.quote_identifier
    password = await connection.scalar(text("SELECT quote_literal(:password)"), {"password": str(url.password)})
    if not await _exists(connection, _ROLE_EXISTS, role):
        await connection.exec_driver_sql(f"CREATE ROLE {quote(role)} LOGIN PASSWORD {password}")
    else:
        # The environment is where passwords are changed.
        await connection.exec_driver_sql(f"ALTER ROLE {quote(role)} LOGIN PASSWORD {password}")
    is_there = await _exists(connection, _DATABASE_EXISTS, database)
    if not is_there:
        await connection.exec_driver_sql(f"CREATE DATABASE {quote(database)} OWNER {quote(role)}")
    # Also of one that was there: the process that created it may have been killed before this.
    await connection.exec_driver_sql(f"REVOKE CONNECT ON DATABASE {quote(database)} FROM PUBLIC")
    done = "was there" if is_there else f"is new, and only {role} may open it"
    return f"{name}: the database {database} {done}."


async def _exists(connection: AsyncConnection, query: str, name: str) -> bool:
    return await connection.scalar(text(query), {"name": name}) is not None
