"""The table that a read model is rebuilt in: filled beside the one that serves, and put in its place at once.

What events change in the table that serves meanwhile, a trigger copies: whichever process handles them, nothing is
missed, and nothing is to be known of the rebuild.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import JSON, ColumnElement, MetaData, Table, Text, cast, or_, select, text, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import CreateIndex, CreateTable

_SCHEMA: Final = "entrepot_rebuild"
"""Where the second table is on PostgreSQL, with the names of the first; SQLite has no schemas, it has another name."""
_SUFFIX: Final = "__rebuild"

OnChanged = Callable[[AsyncSession, Sequence[Any]], Awaitable[None]]
"""Called with the keys of rows that are new or differ, in the transaction of the swap."""


@dataclass(frozen=True, slots=True)
class SecondTable:
    """The second table of `live`, in one kind of database."""

    live: Table
    is_sqlite: bool

    @property
    def table(self) -> Table:
        """Its definition, without indexes: they are made when all rows are there."""
        metadata = MetaData(naming_convention=self.live.metadata.naming_convention)
        if self.is_sqlite:
            return self.live.to_metadata(metadata, name=f"{self.live.name}{_SUFFIX}")
        return self.live.to_metadata(metadata, schema=_SCHEMA)

    async def create(self, session: AsyncSession) -> None:
        """Empty, and followed by what events change from now on; what an earlier rebuild left is dropped."""
        await self.drop(session)
        if not self.is_sqlite:
            await session.execute(text(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}"))
        await session.execute(CreateTable(self.table))
        for statement in self._copy_changes():
            await session.execute(text(statement.replace(":", r"\:")))

    async def drop(self, session: AsyncSession) -> None:
        await self._stop_copying(session)
        await session.execute(text(f"DROP TABLE IF EXISTS {self._name}"))

    async def swap(self, session: AsyncSession, on_changed: OnChanged | None) -> None:
        """Have the second table serve, in the caller's transaction.

        A table that others refer to cannot be dropped: its rows are brought up to the second table's.
        """
        if not self.is_sqlite:
            # Who reads goes on; who writes waits until the second table serves.
            await session.execute(text(f"LOCK TABLE {self.live.name} IN SHARE ROW EXCLUSIVE MODE"))
        if self._is_referred_to:
            await self._merge(session, on_changed)
            await self.drop(session)
            return
        if not self.is_sqlite:
            for index in self.table.indexes:
                await session.execute(CreateIndex(index))
        if on_changed is not None:
            await on_changed(session, await self._list_changed(session))
        await self._stop_copying(session)
        await session.execute(text(f"DROP TABLE {self.live.name}"))
        if self.is_sqlite:
            await session.execute(text(f"ALTER TABLE {self._name} RENAME TO {self.live.name}"))
            for index in self.live.indexes:
                await session.execute(CreateIndex(index))
            return
        schema = await session.scalar(text("SELECT quote_ident(current_schema())"))
        await session.execute(text(f"ALTER TABLE {self._name} SET SCHEMA {schema}"))

    @property
    def _name(self) -> str:
        return f"{self.live.name}{_SUFFIX}" if self.is_sqlite else f"{_SCHEMA}.{self.live.name}"

    @property
    def _is_referred_to(self) -> bool:
        others = (table for table in self.live.metadata.tables.values() if table is not self.live)
        return any(key.column.table is self.live for table in others for key in table.foreign_keys)

    def _copy_changes(self) -> list[str]:
        names = [column.name for column in self.live.c]
        keys = [column.name for column in self.live.primary_key]
        changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
        # Only what is newer: of the same revision, the publisher's own is what is wanted.
        copy = (
            f"INSERT INTO {self._name} ({', '.join(names)}) "  # noqa: S608 - names of a declared table
            f"VALUES ({', '.join(f'NEW.{name}' for name in names)}) "
            f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes} "
            f"WHERE excluded.revision > {self.table.name}.revision"
        )
        if self.is_sqlite:
            return [
                f"CREATE TRIGGER {self._trigger}_{event.lower()} AFTER {event} ON {self.live.name} BEGIN {copy}; END"
                for event in ("INSERT", "UPDATE")
            ]
        function = f"{_SCHEMA}.{self._trigger}()"
        event = f"AFTER INSERT OR UPDATE ON {self.live.name} FOR EACH ROW"
        return [
            f"CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {copy}; RETURN NULL; END $$",
            f"CREATE TRIGGER {self._trigger} {event} EXECUTE FUNCTION {function}",
        ]

    @property
    def _trigger(self) -> str:
        return f"copy_{self.live.name}"

    async def _stop_copying(self, session: AsyncSession) -> None:
        if self.is_sqlite:
            for event in ("insert", "update"):
                await session.execute(text(f"DROP TRIGGER IF EXISTS {self._trigger}_{event}"))
            return
        await session.execute(text(f"DROP TRIGGER IF EXISTS {self._trigger} ON {self.live.name}"))
        await session.execute(text(f"DROP FUNCTION IF EXISTS {_SCHEMA}.{self._trigger}"))

    async def _merge(self, session: AsyncSession, on_changed: OnChanged | None) -> None:
        changed = await self._list_changed(session)
        second, names = self.table, [column.name for column in self.live.c]
        keys = [column.name for column in self.live.primary_key]
        insert = (sqlite.insert if self.is_sqlite else postgresql.insert)(self.live)
        # Without WHERE, SQLite takes ON CONFLICT for a condition of a join.
        insert = insert.from_select(names, select(*(second.c[name] for name in names)).where(true()))
        values = {name: insert.excluded[name] for name in names if name not in keys}
        differs = or_(*(_differs(self.live.c[name], insert.excluded[name]) for name in values))
        await session.execute(insert.on_conflict_do_update(index_elements=keys, set_=values, where=differs))
        if on_changed is not None:
            await on_changed(session, changed)

    async def _list_changed(self, session: AsyncSession) -> Sequence[Any]:
        second, (key,) = self.table, self.live.primary_key
        joined = second.outerjoin(self.live, second.c[key.name] == key)
        differs = [_differs(self.live.c[column.name], column) for column in second.c]
        return (await session.scalars(select(second.c[key.name]).select_from(joined).where(or_(*differs)))).all()


def _differs(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the values do; PostgreSQL compares JSON as text alone."""
    if isinstance(one.type, JSON):
        one, other = cast(one, Text), cast(other, Text)
    return one.is_distinct_from(other)
