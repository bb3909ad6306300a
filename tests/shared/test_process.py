"""A subgraph at work: jobs go on, faults end nothing, and stopping leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from entrepot.shared.auth import Denylist, IdentityVerifier
from entrepot.shared.caching import MemoryCache, MemoryLimiter
from entrepot.shared.db import Database
from entrepot.shared.environment import Environment
from entrepot.shared.errors import SettingsInvalid
from entrepot.shared.events import Handler, MemoryBus, MemoryFanOut, UnitOfWork
from entrepot.shared.events.bus.bus import ConsumerState
from entrepot.shared.events.operations.pruning import PRUNE_JOB, PruningRule
from entrepot.shared.events.tables import JOB_LEASES, QUEUE_ACTIONS
from entrepot.shared.graphql import IdentityPolicy
from entrepot.shared.process import Connections, SubgraphProcess
from entrepot.shared.randomness import SeededRandomness
from entrepot.shared.subgraph import Job, Subgraph, SubgraphDependencies
from tests.support.asgi_client import AsgiClient
from tests.support.clock import ManualClock
from tests.support.kernel import EFFECTS, TABLES, ThingChanged, note_effect
from tests.support.kernel_graph import SCHEMA

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "one", None, None, None


def upgrade():
    op.create_table("effects", sa.Column("position", sa.Integer, primary_key=True), sa.Column("what", sa.String(255)))
"""


@dataclass(frozen=True)
class Settings:
    greeting: str = "hello"


async def seed(transactions: Any) -> None:
    async with transactions.begin() as unit:
        await note_effect(unit, "seed")


async def hear(unit: UnitOfWork[Any], event: ThingChanged) -> None:
    await note_effect(unit, f"heard {event.number}")
    unit.notify("heard")


class Workshop:
    """Builds processes on one folder; each is stopped at the end."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.folder = folder
        self.fan_out = MemoryFanOut()
        self.bus = MemoryBus()
        self.processes: list[SubgraphProcess] = []
        self.failures: dict[str, BaseException] = {}
        versions = folder / "migrations" / "versions"
        versions.mkdir(parents=True)
        (versions / "one.py").write_text(MIGRATION)

    def fail(self, point: str) -> None:
        """A failpoint: raises what is due there, once."""
        if (error := self.failures.pop(point, None)) is not None:
            raise error

    async def build(
        self,
        *jobs: Job[Any],
        environ: dict[str, str] | None = None,
        prunes: tuple[PruningRule, ...] = (),
        is_alone: bool = False,
    ) -> SubgraphProcess:
        subgraph: Subgraph[Any, Settings] = Subgraph(
            name="things",
            schema=SCHEMA,
            metadata=TABLES,
            migrations=self.folder / "migrations",
            settings=Settings,
            build_dependencies=lambda settings, _shared_dependencies: settings,
            handlers={ThingChanged: (Handler("hear", hear),)},
            jobs=jobs,
            prunes=prunes,
            seed=seed,
        )
        cache = MemoryCache(self.clock)
        environment = Environment.of(self.clock, SeededRandomness(len(self.processes)), self.fail)
        shared_dependencies = SubgraphDependencies(
            environment, cache, MemoryLimiter(self.clock), Denylist(cache, self.clock), self.folder
        )
        identity = IdentityPolicy(IdentityVerifier(Ed25519PrivateKey.generate().public_key(), "things", self.clock))
        database = Database(f"sqlite:///{self.folder}/things.db", self.clock)
        connections = Connections(database, self.bus, self.fan_out, identity, is_alone=is_alone)
        process = SubgraphProcess(subgraph, connections, shared_dependencies, environ or {})
        self.processes.append(process)
        await process.migrate()
        return process


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncIterator[Workshop]:
    made = Workshop(tmp_path)
    yield made
    for process in made.processes:
        await process.stop()


async def settle() -> None:
    """Let everybody take some steps, the database as well."""
    for _ in range(10):
        await asyncio.sleep(0.001)


class Rounds:
    """What a job did: each round answers the next number, and can be awaited."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.done = 0
        self.idle = asyncio.Event()

    async def run(self, _transactions: Any) -> int:
        self.done += 1
        answer = self.answers.pop(0) if self.answers else 0
        if isinstance(answer, Exception):
            raise answer
        if not answer:
            self.idle.set()
        return answer

    async def rest(self) -> int:
        """How many rounds there were when there was nothing more to do."""
        await self.idle.wait()
        self.idle.clear()
        for _ in range(5):
            await asyncio.sleep(0)
        return self.done


class TestJobs:
    async def test_run_again_while_there_is_work_and_then_wait(self, workshop: Workshop) -> None:
        rounds = Rounds(5, 1, 3, 0, 2, 0)
        await (await workshop.build(Job("count", 10.0, rounds.run))).start()
        assert await rounds.rest() == 4
        workshop.clock.advance(9.9)
        for _ in range(10):
            await asyncio.sleep(0)
        assert rounds.done == 4
        workshop.clock.advance(0.1)
        assert await rounds.rest() == 6

    async def test_are_woken_by_a_unit_of_work(self, workshop: Workshop) -> None:
        rounds = Rounds()
        process = await workshop.build(Job("count", 3600.0, rounds.run))
        await process.start()
        assert await rounds.rest() == 1
        async with process.transactions.begin() as unit:
            unit.notify(Job("count", 1, rounds.run).channel)
        assert await rounds.rest() == 2

    async def test_outlive_their_faults(self, workshop: Workshop) -> None:
        rounds = Rounds(ValueError("bad"), OSError("worse"))
        other = Rounds()
        process = await workshop.build(Job("count", 1.0, rounds.run), Job("other", 1.0, other.run))
        await process.start()
        await other.rest()
        for expected in (2, 3):
            before = rounds.done
            while rounds.done == before:
                workshop.clock.advance(1)
                await asyncio.sleep(0)
            assert rounds.done == expected

    async def test_go_on_without_the_fan_out(self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
        async def fail(_listener: object) -> None:
            raise OSError("down")

        monkeypatch.setattr("entrepot.shared.events.fan_out.fan_out._EventListener.wait", fail)
        rounds = Rounds()
        await (await workshop.build(Job("count", 1.0, rounds.run))).start()
        assert await rounds.rest() == 1
        while rounds.done < 3:
            workshop.clock.advance(1)
            await asyncio.sleep(0)

    async def test_one_of_two_processes_runs_them_and_the_other_when_it_stops(self, workshop: Workshop) -> None:
        counts = [Rounds(), Rounds()]
        everywhere = [Rounds(), Rounds()]
        processes = [
            await workshop.build(Job("count", 1.0, one.run), Job("everywhere", 1.0, each.run, runs_everywhere=True))
            for one, each in zip(counts, everywhere, strict=True)
        ]
        for process in processes:
            await process.start()
        for each in everywhere:
            await each.rest()
        await counts[0].rest()
        for _ in range(20):
            workshop.clock.advance(1)
            await settle()
        assert counts[1].done == 0
        assert counts[0].done > 1
        assert all(each.done > 1 for each in everywhere)
        await processes[0].stop()
        before = counts[0].done
        async with asyncio.timeout(10):
            while not counts[1].done:
                workshop.clock.advance(1)
                await settle()
        assert counts[0].done == before

    async def test_need_no_lease_where_no_other_process_can_be(self, workshop: Workshop) -> None:
        rounds = Rounds()
        process = await workshop.build(Job("count", 1.0, rounds.run), is_alone=True)
        await process.start()
        await rounds.rest()
        async with process.database.read() as session:
            assert (await session.execute(select(JOB_LEASES))).all() == []


class TestSupervision:
    async def test_each_task_that_dies_is_started_again(self, workshop: Workshop) -> None:
        """Killed by an error at a failpoint of its loop, and by a cancellation from outside."""
        process = await workshop.build(Job("count", 1.0, Rounds().run))
        await process.start()
        supervisor = process._supervisor
        names = set(supervisor.restarts)
        assert {"relay", "outbox-listener", "job-leases", "job:count"} <= names
        assert {name for name in names if name.startswith("job:")} == {f"job:{job.name}" for job in process.jobs}
        for name in sorted(names):
            for kill in (self.fail_at, self.cancel):
                before = supervisor.restarts[name]
                kill(workshop, name)
                async with asyncio.timeout(5):
                    while supervisor.restarts[name] == before or not process.is_working:
                        await workshop.fan_out.notify_all()
                        workshop.clock.advance(0.5)
                        await settle()
                assert not workshop.failures

    def fail_at(self, workshop: Workshop, name: str) -> None:
        workshop.failures[f"things:{name}"] = OSError(f"{name} fails")

    def cancel(self, _workshop: Workshop, name: str) -> None:
        (task,) = [task for task in asyncio.all_tasks() if task.get_name() == f"things:{name}"]
        task.cancel()

    async def test_a_consumer_that_does_not_consume_is_not_working(
        self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        process = await workshop.build()
        assert not process.is_working
        await process.start()
        assert process.is_working
        for is_consuming in (False, True):
            state = ConsumerState(is_consuming=is_consuming, poll_age=1.0, joins=1)
            monkeypatch.setattr(workshop.bus, "consumers", lambda state=state: {"things": state})
            assert process.is_working is is_consuming


class TestLife:
    async def test_stopping_leaves_nothing_behind(self, workshop: Workshop) -> None:
        before = asyncio.all_tasks()
        inside = asyncio.Event()

        async def hang(_transactions: Any) -> int:
            inside.set()
            await asyncio.Event().wait()
            return 0

        process = await workshop.build(Job("hang", 1.0, hang), Job("count", 1.0, Rounds().run))
        await process.start()
        await inside.wait()
        await process.stop()
        assert asyncio.all_tasks() == before
        assert workshop.fan_out._listeners == {}
        await process.stop()

    async def test_what_was_announced_is_heard_also_after_a_restart(self, workshop: Workshop) -> None:
        process = await workshop.build()
        async with process.transactions.begin() as unit:
            unit.publish(ThingChanged(thing_id="a", number=1))
        assert (await process.read_progress()).undelivered == 1
        await process.stop()
        again = await workshop.build()
        await again.subscribe()
        async with workshop.fan_out.listen("heard") as listener:
            await again.start()
            await listener.wait()
        assert await effects(again) == ["heard 1"]

    async def test_seeds_and_answers(self, workshop: Workshop) -> None:
        process = await workshop.build()
        await process.seed()
        assert await effects(process) == ["seed"]
        await process.check()
        client = AsgiClient(process.build_app())
        assert (await client.send("GET", "/health/ready")).status == 200
        assert (await client.query("{ long }")).status == 401

    async def test_is_not_ready_without_its_database(self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
        process = await workshop.build()

        def fail() -> Any:
            raise OSError("gone")

        monkeypatch.setattr(process.database, "read", fail)
        answer = await AsgiClient(process.build_app()).send("GET", "/health/ready")
        assert (answer.status, answer.json) == (503, {"status": "not ready"})
        assert (await AsgiClient(process.build_app()).send("GET", "/health/live")).status == 200

    async def test_reads_its_settings_and_no_others(self, workshop: Workshop) -> None:
        environ = {"ENTREPOT_THINGS_GREETING": "ahoy", "ENTREPOT_OTHERS_GREETING": "no"}
        assert (await workshop.build(environ=environ)).settings.greeting == "ahoy"
        with pytest.raises(SettingsInvalid):
            await workshop.build(environ={"ENTREPOT_THINGS_GRETING": "ahoy"})


async def effects(process: SubgraphProcess) -> list[str]:
    async with process.database.read() as session:
        return list(await session.scalars(select(EFFECTS.c.what)))


async def test_rules_that_the_subgraph_declares_are_applied_beside_those_of_the_kernel(workshop: Workshop) -> None:
    """Job `prune-events` deletes what is due by either, and leaves the rest."""
    table = QUEUE_ACTIONS
    rule = PruningRule(table, table.c.occurred_at, timedelta(days=1), table.c.action == "DECLARED")
    process = await workshop.build(prunes=(rule,))
    (pruning,) = [job for job in process.jobs if job.name == PRUNE_JOB]
    facts = {"target": "", "reason": "", "actor": "", "affected": 0}
    ages = {"DECLARED": 2, "KEPT": 2, "KERNEL": 400, "FRESH": 0}
    rows = [
        {"id": action, "action": action, "occurred_at": workshop.clock.now() - timedelta(days=days), **facts}
        for action, days in ages.items()
    ]
    async with process.database.write() as session:
        await session.execute(table.insert(), rows)
        await session.commit()
    while await pruning.run(process.transactions):
        pass
    async with process.database.read() as session:
        left = (await session.scalars(select(table.c.id).order_by(table.c.id))).all()
    assert left == ["FRESH", "KEPT"]
