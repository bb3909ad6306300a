"""What a resolver may ask of its request: who calls, the loaders, and the way to a unit of work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from aiodataloader import DataLoader
from sqlalchemy.ext.asyncio import AsyncConnection

from entrepot.shared.auth import Caller, Principal
from entrepot.shared.db import Database, ReadScope
from entrepot.shared.environment import Environment
from entrepot.shared.events import FanOut, UnitOfWorkFactory

P = TypeVar("P")
K = TypeVar("K")
V = TypeVar("V")

MAX_KEYS: Final = 1000
"""The number of keys that one statement asks for."""

Fetch = Callable[[AsyncConnection, Sequence[Any]], Awaitable[Mapping[Any, V]]]
"""Reads what stands for each of the keys: takes the connection and the keys."""


@dataclass
class Context(Generic[P]):
    """One request to one subgraph; `address` is the client's, where the router says it: with mutations."""

    principal: Principal
    transactions: UnitOfWorkFactory[P]
    fan_out: FanOut
    loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)
    """The loaders of batch fields where graphql-core executes the operation."""

    address: str | None = None
    reading: ReadScope = field(init=False, repr=False)
    """The read connection of the operation; `release` gives it back."""

    fetched: dict[Any, dict[Any, Any]] = field(init=False, repr=False, default_factory=dict)
    """What `fetch` has read for the operation, by query and key."""

    def __post_init__(self) -> None:
        self.reading = ReadScope(self.transactions.database)

    async def fetch(self, query: Fetch[V], keys: Iterable[Any]) -> dict[Any, V | None]:
        """What the query answers for the keys, on the read connection of the operation; each key is asked for once.

        None stands for a key that the query does not answer, and for the key None. Batch fields read with it, since
        they get all their objects at once.
        """
        known = self.fetched.setdefault(query, {None: None})
        missing = [key for key in dict.fromkeys(keys) if key is not None and key not in known]
        for begin in range(0, len(missing), MAX_KEYS):
            part = missing[begin : begin + MAX_KEYS]
            async with self.reading.open() as connection:
                found = await query(connection, part)
            known.update({key: found.get(key) for key in part})
        return known

    def begin(self) -> None:
        """Read on one connection from now on, until `release`."""
        self.reading.begin()

    def forget(self) -> None:
        """Forget what was read."""
        self.loaders.clear()
        self.fetched.clear()

    async def renew(self) -> None:
        """Forget what was read, and read again: before a unit of work, which changes it.

        The unit has a connection of its own, and nobody may hold one while waiting for another.
        """
        self.forget()
        await self.reading.renew()

    async def release(self) -> None:
        """Forget what was read: when the operation ends, and after each mutation of a document with several."""
        self.forget()
        await self.reading.close()

    @property
    def caller(self) -> Caller:
        return Caller(self.principal, self.address)

    @property
    def database(self) -> Database:
        return self.transactions.database

    @property
    def dependencies(self) -> P:
        return self.transactions.dependencies

    @property
    def environment(self) -> Environment:
        return self.transactions.environment
