"""The table of faults: every part that can die, hang, be cut off, be wrong about the time, or hear things twice."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from sqlalchemy import text

from entrepot.shared.events.event import Envelope, topic_of
from entrepot.subgraphs.registry import SUBGRAPHS
from tests.support.faults.world import Action, Fault, World
from tests.support.tree import ROOT

_DROP: Final = """mutation ($input: DropDeadLetterInput!) {{ {name}DropDeadLetter(input: $input) {{
  errors {{ ... on UserError {{ code message }} }} }} }}"""
_RECENT: Final = 200


def end(service: str, number: signal.Signals) -> Action:
    """The process of the service ends by the signal, and is started again by whoever watches over it."""

    async def deed(world: World) -> None:
        process = world.up.process_of(service)
        world.signal(service, number)
        await world.wait_for_another(service, process)

    return deed


def hang(service: str, seconds: float) -> Action:
    """The service answers nothing for that long; connections to it stay."""

    async def deed(world: World) -> None:
        world.signal(service, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            world.signal(service, signal.SIGCONT)

    return deed


def cut_off(subgraph: str, seconds: float) -> Action:
    """Nothing passes between the subgraph's processes and its database; what was sent in between is lost."""

    async def deed(world: World) -> None:
        world.proxy.cut(subgraph)
        try:
            await asyncio.sleep(seconds)
        finally:
            world.proxy.mend(subgraph)

    return deed


def skew(**seconds: float) -> Action:
    """Workers whose clocks are off take a share of the work for a while, beside those whose clocks are right."""

    async def deed(world: World) -> None:
        async with asyncio.TaskGroup() as group:
            for name, off in seconds.items():
                group.create_task(_work_beside(world, name, off, 15.0))

    return deed


async def rebalance(world: World) -> None:
    """A second worker joins and leaves, orderly and not, in the middle of whatever is being dealt with."""
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
        async with _second_worker(world, "orders", 0.0, number), _second_worker(world, "inventory", 0.0, number):
            await asyncio.sleep(4.0)


async def repeat_and_reorder(world: World) -> None:
    """What was sent lately comes again, each twice, the newer before the older."""
    async with _open_kafka(world) as (consumer, producer):
        for partition in await _list_partitions(world, producer):
            records = await _read_recent(consumer, partition)
            again = [record for record in records for _ in range(2)]
            Random(len(records)).shuffle(again)
            for record in again:
                await producer.send(
                    record.topic, record.value, key=record.key, partition=record.partition, headers=list(record.headers)
                )
        await producer.flush()


POISON: Final = (b"", b"\xff\xfe", b"{}", b"[1, 2]")
_UNREADABLE: Final = "(unreadable)"


async def poison(world: World) -> None:
    """Things that nobody would send, in every topic: no envelope, no known type, no data that was agreed."""
    unknown = _envelope("carts.cart.vanished", {})
    wrong = _envelope("orders.order.placed", {"order_id": 7})
    async with _open_kafka(world) as (_, producer):
        for topic in _list_topics(world):
            for value in (*POISON, None, unknown, wrong):
                await producer.send(topic, value, key=b"\xffpoison")
                if value is not None:
                    await producer.send(topic, value)
        await producer.flush()


async def bury_poison(world: World) -> None:
    """Find it among the dead letters of each subgraph, and decide that nothing needs to be done about it."""
    for name, process in world.running.processes.items():
        async with process.database.read() as session:
            letters = (await session.execute(text("SELECT event_id, handler, reason FROM dead_letters"))).all()
        assert {letter.handler for letter in letters} <= {_UNREADABLE}, letters
        # What is empty or missing are the same bytes: one letter for all that say the same.
        assert len(letters) >= (len(POISON) if process.subgraph.handlers else 0), letters
        for letter in letters:
            given = {"eventId": letter.event_id, "handler": letter.handler, "reason": "Sent by nobody."}
            answer = await world.admin.data(_DROP.format(name=name), input=given)
            assert answer[f"{name}DropDeadLetter"]["errors"] == []


FAULTS: Final = (
    *(Fault(f"kill -9 of subgraph-{name}", end(f"subgraph-{name}", signal.SIGKILL)) for name in SUBGRAPHS),
    *(Fault(f"kill -9 of worker-{name}", end(f"worker-{name}", signal.SIGKILL)) for name in SUBGRAPHS),
    Fault("kill -9 of router-1", end("router-1", signal.SIGKILL)),
    Fault("restart of PostgreSQL", end("postgres", signal.SIGINT)),
    Fault("crash of PostgreSQL", end("postgres", signal.SIGKILL)),
    Fault("restart of Redis", end("redis", signal.SIGTERM)),
    Fault("crash of Redis", end("redis", signal.SIGKILL)),
    Fault("Redis hangs for 15 s", hang("redis", 15.0)),
    Fault("restart of Kafka", end("kafka", signal.SIGTERM)),
    Fault("crash of Kafka", end("kafka", signal.SIGKILL)),
    Fault("Kafka hangs for a minute", hang("kafka", 60.0)),
    Fault("orders cut off from its database for 20 s", cut_off("orders", 20.0)),
    Fault("inventory cut off from its database for 20 s", cut_off("inventory", 20.0)),
    Fault("clocks 30 s ahead and 30 s behind", skew(orders=30.0, inventory=-30.0, payments=30.0)),
    Fault(
        "clocks 90 s ahead and 90 s behind",
        skew(orders=90.0, inventory=-90.0, payments=90.0),
        # To whom it seems that something has taken longer than it may, has it undone.
        excused=frozenset({"TIMED_OUT", "PROVIDER_UNAVAILABLE"}),
    ),
    Fault("consumers rebalanced in the middle", rebalance),
    Fault("deliveries repeated and reordered", repeat_and_reorder),
    Fault("poison messages", poison, bury_poison),
)
QUICK: Final = frozenset(
    {"kill -9 of subgraph-orders", "kill -9 of worker-inventory", "restart of PostgreSQL", "poison messages"}
)
"""Those that are brought about in every run of the tests."""


@asynccontextmanager
async def _second_worker(
    world: World, name: str, off: float, number: signal.Signals = signal.SIGTERM
) -> AsyncIterator[None]:
    """A worker beside the one that is there, its clock `off` by so many seconds; ended by the signal."""
    environment = {**os.environ, **world.up.environment_of(f"worker-{name}")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.faults.skewed_worker", str(off), name),
        env=environment,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        while (line := await process.stdout.readline()) and line != b"works\n":
            pass
        assert line, f"the second worker of {name} ended with {await process.wait()}"
        yield
    finally:
        if process.returncode is None:
            process.send_signal(number)
        await process.communicate()


async def _work_beside(world: World, name: str, off: float, seconds: float) -> None:
    async with _second_worker(world, name, off):
        await asyncio.sleep(seconds)


@asynccontextmanager
async def _open_kafka(world: World) -> AsyncIterator[tuple[AIOKafkaConsumer, AIOKafkaProducer]]:
    brokers = list(world.running.brokers)
    consumer, producer = AIOKafkaConsumer(bootstrap_servers=brokers), AIOKafkaProducer(bootstrap_servers=brokers)
    await asyncio.gather(consumer.start(), producer.start())
    try:
        yield consumer, producer
    finally:
        await asyncio.gather(consumer.stop(), producer.stop())


def _list_topics(world: World) -> list[str]:
    """Those that some subgraph listens to."""
    wanted = (process.subgraph.handlers for process in world.running.processes.values())
    return sorted({topic_of(contract.TYPE) for handlers in wanted for contract in handlers})


async def _list_partitions(world: World, producer: AIOKafkaProducer) -> list[TopicPartition]:
    topics = _list_topics(world)
    return [TopicPartition(topic, each) for topic in topics for each in sorted(await producer.partitions_for(topic))]


async def _read_recent(consumer: AIOKafkaConsumer, partition: TopicPartition) -> list[ConsumerRecord]:
    consumer.assign([partition])
    end_offset = (await consumer.end_offsets([partition]))[partition]
    consumer.seek(partition, max(0, end_offset - _RECENT))
    records: list[ConsumerRecord] = []
    async with asyncio.timeout(30):
        while await consumer.position(partition) < end_offset:
            records += (await consumer.getmany(partition, timeout_ms=500)).get(partition, [])
    return records


def _envelope(type_: str, data: dict[str, Any]) -> bytes:
    return Envelope(
        id=f"evt_{uuid.uuid4()}",
        source="/elsewhere",
        type=type_,
        time=datetime.now(UTC),
        subject="poison",
        dataversion=1,
        data=data,
    ).to_json()
