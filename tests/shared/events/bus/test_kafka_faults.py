"""Consumers and the faults of brokers and processes: whatever happens, messages are received again by themselves."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from entrepot.shared.clock import SystemClock
from entrepot.shared.environment import Environment
from entrepot.shared.events import Message
from entrepot.shared.events.bus.kafka import KafkaBus, KafkaSettings, TopicsMissing
from entrepot.shared.events.bus.topics import Topic
from entrepot.shared.randomness import SystemRandomness
from tests.support.servers import find_kafka_script, free_port
from tests.support.tree import ROOT

PARTITIONS = 4
TOPIC = Topic("entrepot.faults", PARTITIONS)
KEYS = [f"key-{number}" for number in range(8)]


class Broker:
    """A broker that can be killed, emptied and started again at its address."""

    def __init__(self, script: Path, folder: Path) -> None:
        self._script = script
        self._folder = folder
        self._port = str(free_port())
        self.address = f"127.0.0.1:{self._port}"

    def start(self) -> None:
        subprocess.run([self._script, "start", self._folder, self._port], capture_output=True, check=True)

    def kill(self) -> None:
        subprocess.run(["kill", "-9", (self._folder / "pid").read_text().strip()], check=True)

    def stop(self) -> None:
        subprocess.run([self._script, "stop", self._folder], check=True)

    def empty(self) -> None:
        shutil.rmtree(self._folder / "log")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    started = Broker(find_kafka_script(), tmp_path_factory.mktemp("broker"))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """A group of its own for each test."""
    return f"shop-{abs(hash(request.node.name))}"


class Failpoints:
    """Raises at a point as often as it is told."""

    def __init__(self) -> None:
        self.due: dict[str, BaseException] = {}
        self.passed: set[str] = set()

    def __call__(self, point: str) -> None:
        self.passed.add(point)
        if (error := self.due.pop(point, None)) is not None:
            raise error


def environment_of(failpoints: Callable[[str], None] | None = None) -> Environment:
    return Environment.of(SystemClock(), SystemRandomness(), failpoints or (lambda _point: None))


@asynccontextmanager
async def open_bus(
    broker: Broker, prefix: str, failpoints: Failpoints | None = None, **settings: Any
) -> AsyncIterator[KafkaBus]:
    made = KafkaSettings(brokers=(broker.address,), prefix=prefix, **{"lag_seconds": 0.2, **settings})
    bus = await KafkaBus(made, environment_of(failpoints)).open()
    try:
        await bus.ensure_topics([TOPIC])
        yield bus
    finally:
        await bus.close()


class Log:
    """What one consumer took."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, int]] = []

    async def take(self, message: Message) -> None:
        self.taken.append((message.key, int(message.value)))

    def has(self, numbers: Sequence[int]) -> bool:
        return {(key, number) for key in KEYS for number in numbers} <= set(self.taken)


async def send(bus: KafkaBus, numbers: Sequence[int]) -> None:
    """As the relay does: again until the broker has it."""
    for number in numbers:
        async with asyncio.timeout(60):
            while True:
                try:
                    await bus.publish([Message(TOPIC.name, key, b"%d" % number) for key in KEYS])
                    break
                except KafkaError:
                    await asyncio.sleep(0.2)


async def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.05)


async def test_an_emptied_broker_is_consumed_again(broker: Broker, prefix: str) -> None:
    """Its data is gone: topics, offsets, groups. Nobody but the bus itself does anything about it."""
    log = Log()
    async with open_bus(broker, prefix) as bus:
        await bus.subscribe("one", [TOPIC.name], log.take)
        await send(bus, range(20))
        await eventually(lambda: log.has(range(20)))
        broker.kill()
        broker.empty()
        broker.start()
        await send(bus, range(20, 40))
        await eventually(lambda: log.has(range(20, 40)))
        await eventually(lambda: bool(bus.lag()) and set(bus.lag().values()) == {0})
        assert bus.consumers()["one"].is_consuming
        assert len(bus.lag()) == PARTITIONS


async def test_a_topic_that_was_made_again_is_read_from_its_beginning(broker: Broker, prefix: str) -> None:
    """Other offsets than before: the log is shorter than what was committed, then longer again."""
    log = Log()
    async with open_bus(broker, prefix) as bus:
        await bus.subscribe("one", [TOPIC.name], log.take)
        await send(bus, range(10))
        await eventually(lambda: log.has(range(10)))
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
        await admin.start()
        await admin.delete_topics([TOPIC.name])
        await admin.close()
        await send(bus, range(100, 105))
        await eventually(lambda: log.has(range(100, 105)))
        await send(bus, range(105, 130))
        await eventually(lambda: log.has(range(105, 130)))


async def test_a_killed_broker_is_waited_for(broker: Broker, prefix: str) -> None:
    log = Log()
    async with open_bus(broker, prefix) as bus:
        await bus.subscribe("one", [TOPIC.name], log.take)
        await send(bus, range(5))
        await eventually(lambda: log.has(range(5)))
        broker.kill()
        await asyncio.sleep(1)
        broker.start()
        await send(bus, range(5, 10))
        await eventually(lambda: log.has(range(5, 10)))


async def test_two_workers_that_are_paused_by_turns_go_on(broker: Broker, prefix: str, tmp_path: Path) -> None:
    """SIGSTOP for longer than the session: a partition moves away and back while its messages are under way."""
    files = [tmp_path / name for name in ("first", "second")]
    async with open_bus(broker, prefix) as bus:
        workers = [
            subprocess.Popen(  # noqa: ASYNC220 - it starts at once
                [sys.executable, "-m", "tests.support.kafka_worker", broker.address, prefix, TOPIC.name, str(file)],
                cwd=ROOT,
            )
            for file in files
        ]
        try:
            await eventually(lambda: all(file.exists() for file in files))

            def taken() -> set[str]:
                return {line for file in files for line in file.read_text().splitlines()}

            def wanted(numbers: Sequence[int]) -> set[str]:
                return {f"{key} {number}" for key in KEYS for number in numbers}

            sent = 0
            for worker in workers:
                worker.send_signal(signal.SIGSTOP)
                for _ in range(8):
                    await send(bus, range(sent, sent + 5))
                    sent += 5
                    await asyncio.sleep(1)
                worker.send_signal(signal.SIGCONT)
                await asyncio.sleep(1)
            await send(bus, range(sent, sent + 20))
            await eventually(lambda: wanted(range(sent + 20)) <= taken())
            before = [len(file.read_text()) for file in files]
            await asyncio.sleep(8)  # The share of the one that was paused last is given back to it.
            await send(bus, range(1000, 1040))
            await eventually(lambda: wanted(range(1000, 1040)) <= taken())
            # Neither of them stands still, each with a share of the partitions.
            assert all(len(file.read_text()) > size for file, size in zip(files, before, strict=True))
        finally:
            for worker in workers:
                worker.send_signal(signal.SIGCONT)
                worker.terminate()
                worker.wait(30)


async def test_a_partition_that_is_revoked_during_a_commit_ends_nothing(broker: Broker, prefix: str) -> None:
    log = Log()
    async with open_bus(broker, prefix) as bus:
        await bus.subscribe("one", [TOPIC.name], log.take)
        await send(bus, range(5))
        await eventually(lambda: log.has(range(5)))
        group = bus._groups["one"]
        assert group._consumer is not None
        commit, revoked = group._consumer.commit, asyncio.Event()

        async def commit_late(offsets: dict[TopicPartition, int]) -> None:
            if not revoked.is_set():
                revoked.set()
                # The coordinator's task takes the partitions away while this one waits for the broker.
                await group.release(tuple(offsets))
            await commit(offsets)

        group._consumer.commit = commit_late
        await send(bus, range(500, 502))
        await asyncio.wait_for(revoked.wait(), 30)
        joins = group.joins
        assert bus.consumers()["one"].is_consuming
        # Those partitions have no worker now, as after a release: the next membership has.
        await send(bus, range(502, 510))
        group.rejoin("as a rebalance does")
        await eventually(lambda: log.has(range(502, 510)))
        assert group.joins == joins + 1


@pytest.mark.parametrize("error", [ValueError("bad"), KafkaError("bad"), KeyError(TopicPartition("t", 1))])
async def test_any_error_of_a_poll_is_followed_by_a_new_membership(
    broker: Broker, prefix: str, error: Exception
) -> None:
    log, failpoints = Log(), Failpoints()
    async with open_bus(broker, f"{prefix}-{type(error).__name__}", failpoints) as bus:
        await bus.subscribe("one", [TOPIC.name], log.take)
        group = bus._groups["one"]
        failpoints.due[f"{group.name}:poll"] = error
        await eventually(lambda: group.joins == 2)
        await send(bus, range(200, 203))
        await eventually(lambda: log.has(range(200, 203)))
        assert not failpoints.due


async def test_each_task_of_the_bus_that_is_killed_is_started_again(broker: Broker, prefix: str) -> None:
    log, failpoints = Log(), Failpoints()
    async with open_bus(broker, prefix, failpoints) as bus:
        await bus.subscribe("one", [TOPIC.name], log.take)
        await eventually(lambda: bus.consumers()["one"].is_consuming)
        for name in ("consumer:one", "lag"):
            (task,) = [each for each in asyncio.all_tasks() if each.get_name() == f"kafka:{name}"]
            task.cancel()
            await eventually(lambda task=task: task.done(), 5)  # type: ignore[misc]  # mypy has no type for it
            await eventually(lambda name=name: bus._supervisor.restarts[name] == 1, 5)  # type: ignore[misc]  # same
            await eventually(lambda: bus._supervisor.is_working, 5)
        await send(bus, range(300, 303))
        await eventually(lambda: log.has(range(300, 303)))


async def test_a_partition_that_stands_still_is_joined_again(
    broker: Broker, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Polls go on and bring nothing, although messages wait: nothing in this process has failed."""
    log = Log()
    async with open_bus(broker, prefix) as bus:
        await bus.subscribe("one", [TOPIC.name], log.take)
        await send(bus, range(2))
        await eventually(lambda: log.has(range(2)))
        group = bus._groups["one"]
        assert group._consumer is not None

        async def get_nothing(**_options: int) -> dict[TopicPartition, list[Any]]:
            await asyncio.sleep(0.05)
            return {}

        monkeypatch.setattr(group._consumer, "getmany", get_nothing)
        await send(bus, range(400, 403))
        await eventually(lambda: sum(bus.lag().values()) > 0)
        await eventually(lambda: log.has(range(400, 403)))
        assert group.joins == 2


async def test_lag_is_known_without_a_partition_and_not_without_a_broker(broker: Broker, prefix: str) -> None:
    """Of two workers, one that has no partition reports the lag of the whole group as well."""
    stuck = asyncio.Event()

    async def hang(_message: Message) -> None:
        await stuck.wait()

    async with open_bus(broker, prefix) as first, open_bus(broker, prefix) as second:
        await first.subscribe("one", [TOPIC.name], hang)
        await send(first, range(3))
        await second.subscribe("one", [TOPIC.name], hang)
        await eventually(lambda: sum(first.lag().values()) >= 3 * len(KEYS))
        await eventually(lambda: second.lag() == first.lag() and len(second.lag()) == PARTITIONS)
        stuck.set()
        await eventually(lambda: set(second.lag().values()) == {0})


async def test_missing_topics_are_made_or_named(broker: Broker, prefix: str) -> None:
    wanted = [Topic(f"{prefix}.a", 2), Topic(f"{prefix}.b", 2), TOPIC]
    settings = KafkaSettings(brokers=(broker.address,), creates_topics=False)
    with pytest.raises(TopicsMissing, match=rf"no topic {prefix}\.a, {prefix}\.b, and ENTREPOT_KAFKA_CREATE_TOPICS"):
        await KafkaBus(settings, environment_of()).ensure_topics(wanted)
    allowed = KafkaBus(KafkaSettings(brokers=(broker.address,)), environment_of())
    assert await allowed.ensure_topics(wanted) == (f"{prefix}.a", f"{prefix}.b")
    assert await allowed.ensure_topics(wanted) == ()
    # One broker cannot hold two copies: what it says is part of the refusal.
    refused = KafkaBus(KafkaSettings(brokers=(broker.address,), replication=2), environment_of())
    with pytest.raises(TopicsMissing, match="cannot be created"):
        await refused.ensure_topics([Topic(f"{prefix}.c", 1)])


@pytest.mark.parametrize(("replication", "given", "required"), [(1, 0, 1), (2, 0, 2), (3, 0, 2), (3, 1, 1)])
def test_how_many_copies_a_message_needs(replication: int, given: int, required: int) -> None:
    assert KafkaSettings(brokers=(), replication=replication, min_insync_replicas=given).required_replicas == required
