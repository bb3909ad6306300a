"""A database and a role for each subgraph: nobody but its owner may connect to it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from shared.errors import SettingsInvalid

_ROLE_EXISTS = "SELECT 1 FROM pg_roles WHERE rolname = :name"
_DATABASE_EXISTS = "SELECT 1 FROM pg_database WHERE datname = :name"


async def create_databases(admin: str, urls: Mapping[str, str]) -> list[str]:
    """What was done, a line each. `admin` is the URL of one who may create roles and databases."""
    engine = create_async_engine(make_url(admin), isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        async with engine.connect() as connection:
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
        await _run(connection, f"CREATE ROLE {quote(role)} LOGIN PASSWORD {password}")
    else:
        # The environment is where passwords are changed.
        await _run(connection, f"ALTER ROLE {quote(role)} LOGIN PASSWORD {password}")
    if await _exists(connection, _DATABASE_EXISTS, database):
        return f"{name}: the database {database} was there."
    await _run(connection, f"CREATE DATABASE {quote(database)} OWNER {quote(role)}")
    await _run(connection, f"REVOKE CONNECT ON DATABASE {quote(database)} FROM PUBLIC")
    return f"{name}: created the database {database}, which only {role} may open."


async def _exists(connection: AsyncConnection, query: str, name: str) -> bool:
    return await connection.scalar(text(query), {"name": name}) is not None


async def _run(connection: AsyncConnection, statement: str) -> None:
    try:
        await connection.exec_driver_sql(statement)
    except ProgrammingError as error:
        # Another process that does the same was faster.
        if getattr(error.orig, "sqlstate", None) not in {"42710", "42P04"}:
            raise
