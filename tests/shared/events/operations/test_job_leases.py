"""Leases on jobs: one process holds each, renews it, and is replaced soon after it dies."""

from __future__ import annotations

import asyncio
import sys

import pytest

from entrepot.shared.environment import Environment
from entrepot.shared.events.operations.job_leases import JOB_LEASE_SECONDS, JobLeases, release_all_jobs
from entrepot.shared.events.outbox.relay import RelayRules
from entrepot.shared.events.saga.saga import Saga
from entrepot.shared.events.tables import JOB_LEASES
from entrepot.shared.randomness import SystemRandomness
from entrepot.subgraphs.registry import SUBGRAPHS, load
from tests.support.kernel import Kernel

LEASE = 0.6
NAMES = ("prune", "expire", "retry")


def leases_of(kernel: Kernel) -> JobLeases:
    """Those of one more process."""
    environment = Environment.of(kernel.clock, SystemRandomness())
    return JobLeases("tests", kernel.database, environment, NAMES, lease=LEASE)


def held(leases: JobLeases) -> set[str]:
    return {name for name in NAMES if leases.holds(name)}


async def wait_for_all(leases: JobLeases) -> None:
    async with asyncio.timeout(10):
        for name in NAMES:
            await leases.wait_for(name)


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_one_process_holds_them_and_keeps_them(kernel: Kernel) -> None:
    kernel.use_system_time()
    first, second = leases_of(kernel), leases_of(kernel)
    running = [asyncio.create_task(first.run())]
    await wait_for_all(first)
    running.append(asyncio.create_task(second.run()))
    for _ in range(12):
        await asyncio.sleep(LEASE / 4)
        assert held(second) == set()
    assert held(first) == set(NAMES)
    for task in running:
        await end(task)


async def test_they_are_taken_over_from_a_process_that_died(kernel: Kernel) -> None:
    kernel.use_system_time()
    first, second = leases_of(kernel), leases_of(kernel)
    dying, living = asyncio.create_task(first.run()), asyncio.create_task(second.run())
    async with asyncio.timeout(10):
        await asyncio.wait(
            [asyncio.ensure_future(wait_for_all(leases)) for leases in (first, second)],
            return_when=asyncio.FIRST_COMPLETED,
        )
    if held(second):
        first, second, dying, living = second, first, living, dying
    await end(dying)
    await wait_for_all(second)
    # Who died and comes to life again does not hold them any more, without asking.
    assert held(first) == set()
    await end(living)


async def test_they_are_given_back(kernel: Kernel) -> None:
    kernel.use_system_time()
    first, second = leases_of(kernel), leases_of(kernel)
    running = asyncio.create_task(first.run())
    await wait_for_all(first)
    await end(running)
    await first.release()
    assert await kernel.rows(JOB_LEASES) == []
    running = asyncio.create_task(second.run())
    await wait_for_all(second)
    await end(running)
    # Of nobody else's.
    await first.release()
    assert len(await kernel.rows(JOB_LEASES)) == len(NAMES)
    async with kernel.database.write() as session:
        await release_all_jobs(session)
        await session.commit()
    assert await kernel.rows(JOB_LEASES) == []


async def test_without_a_database_they_end_by_themselves(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel.use_system_time()
    leases = leases_of(kernel)
    running = asyncio.create_task(leases.run())
    await wait_for_all(leases)
    write = kernel.database.write

    def fail() -> None:
        raise OSError("down")

    monkeypatch.setattr(kernel.database, "write", fail)
    async with asyncio.timeout(10):
        while held(leases):
            await asyncio.sleep(0.02)
    monkeypatch.setattr(kernel.database, "write", write)
    await wait_for_all(leases)
    await end(running)


def test_sagas_wait_longer_than_any_lease() -> None:
    """A worker that dies costs a step a lease of the relay on either side, and one of a job: that times out nothing."""
    longest = 2 * RelayRules().lease + JOB_LEASE_SECONDS
    for name in SUBGRAPHS:
        load(name)
    modules = [module for name, module in sys.modules.items() if name.startswith("entrepot.subgraphs.")]
    sagas = [value for module in modules for value in vars(module).values() if isinstance(value, Saga)]
    timeouts = {step.name: step.timeout for saga in sagas for step in saga.list_steps()}
    assert timeouts
    assert {name: timeout for name, timeout in timeouts.items() if timeout is not None and timeout < longest + 30} == {}
