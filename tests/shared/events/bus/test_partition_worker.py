"""The messages of one partition: order by key, and nothing waits for another key."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from aiokafka import ConsumerRecord, TopicPartition

from entrepot.shared.environment import Environment
from entrepot.shared.events import Message
from entrepot.shared.events.bus.partition_worker import PartitionWorker
from entrepot.shared.randomness import SeededRandomness
from tests.support.clock import ManualClock

PARTITION = TopicPartition("tests", 0)


def record(offset: int, key: str) -> ConsumerRecord:
    return ConsumerRecord("tests", 0, offset, 0, 0, key.encode(), b"%d" % offset, None, 1, 1, ())


class Shop:
    """A worker whose receiver fails for some keys, and keeps others waiting."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.seen: defaultdict[str, list[int]] = defaultdict(list)
        self.failing: set[str] = set()
        self.gates: dict[str, asyncio.Event] = {}
        self.worker = PartitionWorker(PARTITION, self.receive, Environment.of(self.clock, SeededRandomness(1)))

    async def receive(self, message: Message) -> None:
        if message.key in self.gates:
            await self.gates[message.key].wait()
        await asyncio.sleep(0)
        if message.key in self.failing:
            raise ValueError("not yet")
        self.seen[message.key].append(int(message.value))


async def settle() -> None:
    for _ in range(3_000):
        await asyncio.sleep(0)


async def test_a_key_that_fails_holds_up_no_other_key() -> None:
    shop = Shop()
    shop.failing = {"bad"}
    shop.worker.add([record(0, "good"), record(1, "bad"), *(record(at, f"key-{at}") for at in range(2, 600))])
    shop.worker.add([record(600, "bad"), record(601, "good")])
    await settle()
    assert len(shop.seen) == 599
    assert shop.seen["good"] == [0, 601]
    # What was processed beyond the failing message comes again after a crash.
    assert shop.worker.position == 1
    shop.failing.clear()
    shop.clock.advance(10)
    await settle()
    assert shop.seen["bad"] == [1, 600]
    assert shop.worker.position == 602


async def test_a_key_that_takes_long_holds_up_no_other_key() -> None:
    shop = Shop()
    shop.gates["slow"] = asyncio.Event()
    shop.worker.add([record(0, "slow"), record(1, "slow"), *(record(at, f"key-{at % 7}") for at in range(2, 300))])
    await settle()
    assert sorted(at for seen in shop.seen.values() for at in seen) == list(range(2, 300))
    assert all(seen == sorted(seen) for seen in shop.seen.values())
    shop.gates["slow"].set()
    await settle()
    assert shop.seen["slow"] == [0, 1]
    assert shop.worker.position == 300


async def test_it_ends_after_the_messages_under_way() -> None:
    shop = Shop()
    shop.failing = {"bad"}
    shop.gates["slow"] = asyncio.Event()
    shop.worker.add([record(0, "slow"), record(1, "slow"), record(2, "bad")])
    await settle()
    stopping = asyncio.create_task(shop.worker.stop())
    await settle()
    assert not stopping.done()
    shop.gates["slow"].set()
    await stopping
    assert shop.seen == {"slow": [0]}
    assert shop.worker.position == 1


async def test_a_message_that_comes_while_the_last_one_of_its_key_ends_is_processed_once() -> None:
    """Between the end of a task and the note of its end, the key may get another task: there is never a third."""
    taken: list[int] = []
    under_way = most = 0
    loop = asyncio.get_running_loop()

    async def receive(message: Message) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        taken.append(int(message.value))
        if taken == [0]:
            # The loop calls it after the task has ended, and before what the task's end calls.
            loop.call_soon(worker.add, [record(1, "key")])
        else:
            await asyncio.sleep(0)
            worker.go_on()
            await asyncio.sleep(0)
        under_way -= 1

    worker = PartitionWorker(PARTITION, receive, Environment.of(ManualClock(), SeededRandomness(1)))
    worker.add([record(0, "key")])
    await settle()
    assert (taken, most, worker.position) == ([0, 1], 1, 2)
