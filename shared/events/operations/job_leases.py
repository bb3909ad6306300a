"""Leases on jobs: of all processes that work for a subgraph, one runs a job, and another takes over when it dies."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, or_
from sqlalchemy.ext.asyncio import AsyncSession

from entrepot.shared.clock import Clock
from entrepot.shared.db import Database
from entrepot.shared.db.conflict import insert_into
from entrepot.shared.environment import Environment
from entrepot.shared.events.outbox.lease_time import lease_bounds
from entrepot.shared.events.tables import JOB_LEASES
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)
JOB_LEASE_SECONDS: Final = 10.0


class JobLeases:
    """The leases of one process: `run` takes and renews them, `wait_for` returns while it holds one.

    A process that was suspended may still be in a round when another has taken over: jobs are safe to run twice, the
    lease only keeps them from doing so all the time.
    """

    def __init__(
        self,
        subgraph: str,
        database: Database,
        environment: Environment,
        names: Sequence[str],
        *,
        lease: float = JOB_LEASE_SECONDS,
    ) -> None:
        self._subgraph = subgraph
        self._database = database
        self._environment = environment
        # Sorted: two processes lock the rows in the same order.
        self._names = sorted(names)
        self._lease = lease
        self._owner = ""
        self._until: dict[str, float] = {}
        self._renewed = asyncio.Event()

    def holds(self, name: str) -> bool:
        """Whether this process runs the job; false as soon as the lease may have run out."""
        return self._environment.clock.monotonic() < self._until.get(name, 0.0)

    async def wait_for(self, name: str) -> None:
        """Return when this process holds the lease of the job."""
        while not self.holds(name):
            await self._renewed.wait()

    async def run(self) -> None:
        """Take free leases and renew those held, several times while one lasts."""
        self._owner = self._owner or self._environment.ids.new("worker")
        while True:
            self._environment.failpoint(f"{self._subgraph}:job-leases")
            try:
                await self._renew()
            except Exception:  # noqa: BLE001 - without its database a job can do nothing anyway
                _log.exception("job_leases.renewal_failed", subgraph=self._subgraph)
            await self._environment.clock.sleep(self._lease / 4)

    async def release(self) -> None:
        """Give all up, so that another process goes on at once."""
        held, self._until = bool(self._until), {}
        if not held:
            return
        try:
            async with self._database.write() as session:
                await session.execute(delete(JOB_LEASES).where(JOB_LEASES.c.owner == self._owner))
                await session.commit()
        except Exception as error:  # noqa: BLE001 - they run out by themselves
            _log.warning("job_leases.release_failed", subgraph=self._subgraph, error=repr(error))

    async def _renew(self) -> None:
        begun = self._environment.clock.monotonic()
        async with self._database.write() as session:
            held = await take_leases(session, self._names, self._owner, self._environment.clock, self._lease)
            await session.commit()
        taken, lost = sorted(held - self._until.keys()), sorted(self._until.keys() - held)
        if taken or lost:
            _log.info("job_leases.changed", subgraph=self._subgraph, taken=taken, lost=lost)
        self._until = dict.fromkeys(held, begun + self._lease)
        self._renewed.set()
        self._renewed = asyncio.Event()


async def take_leases(
    session: AsyncSession, names: Sequence[str], owner: str, clock: Clock, seconds: float
) -> set[str]:
    """Take or renew the leases of these jobs; returns those that the owner holds now."""
    if not names:
        return set()
    now, until = lease_bounds(session, clock, seconds)
    statement = insert_into(session, JOB_LEASES).values(
        [{"name": name, "owner": owner, "until": until} for name in names]
    )
    statement = statement.on_conflict_do_update(
        index_elements=[JOB_LEASES.c.name],
        set_={"owner": statement.excluded.owner, "until": statement.excluded.until},
        where=or_(JOB_LEASES.c.owner == owner, JOB_LEASES.c.until <= now),
    )
    return set(await session.scalars(statement.returning(JOB_LEASES.c.name)))


async def release_all_jobs(session: AsyncSession) -> None:
    """Take every lease back: for a process that knows that no other one works on this database."""
    await session.execute(delete(JOB_LEASES))
