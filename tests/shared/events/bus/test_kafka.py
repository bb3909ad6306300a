"""The bus between processes, on a real broker."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, aclosing

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from entrepot.shared.environment import Environment
from entrepot.shared.events import Message
from entrepot.shared.events.bus.bus import MessageRejected
from entrepot.shared.events.bus.kafka import KafkaBus, KafkaSettings
from entrepot.shared.events.bus.topics import Topic, list_topics
from tests.support.servers import serve_kafka

PARTITIONS = 4
SEAMS = Environment.system()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve_kafka(tmp_path_factory.getbasetemp().parent) as address:
        yield address


class Shop:
    """Buses of several processes over topics of their own."""

    def __init__(self, broker: str, stack: AsyncExitStack) -> None:
        self._settings = KafkaSettings(
            brokers=(broker,), prefix=uuid.uuid4().hex[:8], session_seconds=6, lag_seconds=0.2
        )
        self._stack = stack
        self.topic = f"tests.{uuid.uuid4().hex[:8]}"

    async def open(self) -> KafkaBus:
        bus = await KafkaBus(self._settings, SEAMS).open()
        await self._stack.enter_async_context(aclosing(_Closing(bus)))
        await bus.create_topics([Topic(self.topic, PARTITIONS)])
        return bus

    def messages(self, key: str, *values: int) -> list[Message]:
        return [Message(self.topic, key, b"%d" % value) for value in values]


class _Closing:
    def __init__(self, bus: KafkaBus) -> None:
        self._bus = bus

    async def aclose(self) -> None:
        await self._bus.close()


@pytest.fixture
async def shop(broker: str) -> AsyncIterator[Shop]:
    async with AsyncExitStack() as stack:
        yield Shop(broker, stack)


async def eventually(holds: Callable[[], bool], seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.05)


async def test_every_group_gets_every_message_in_the_order_of_its_key(shop: Shop) -> None:
    bus = await shop.open()
    seen: dict[str, list[Message]] = {"one": [], "two": []}
    for group, log in seen.items():

        async def take(message: Message, log: list[Message] = log) -> None:
            log.append(message)

        await bus.subscribe(group, [shop.topic], take)
    for value in range(10):
        await bus.publish([*shop.messages("a", value), *shop.messages("b", value)])
    await eventually(lambda: all(len(log) == 20 for log in seen.values()))
    for log in seen.values():
        for key in "ab":
            assert [message.value for message in log if message.key == key] == [b"%d" % n for n in range(10)]
    await eventually(lambda: len(bus.lag()) == 2 * PARTITIONS and set(bus.lag().values()) == {0})


async def test_headers_travel(shop: Shop) -> None:
    bus, seen = await shop.open(), []

    async def take(message: Message) -> None:
        seen.append(message)

    await bus.subscribe("one", [shop.topic], take)
    sent = Message(shop.topic, "a", b"1", (("traceparent", b"00-1"),))
    await bus.publish([sent])
    await eventually(lambda: bool(seen))
    assert seen == [sent]


async def test_what_was_not_dealt_with_comes_again_to_the_next_process(shop: Shop) -> None:
    first, started = await shop.open(), asyncio.Event()

    async def hang(_message: Message) -> None:
        started.set()
        await asyncio.sleep(3600)

    await first.subscribe("one", [shop.topic], hang)
    await first.publish(shop.messages("a", 1, 2))
    await asyncio.wait_for(started.wait(), 30)
    # As a process that is killed: nothing is finished or committed.
    await first._supervisor.stop()
    for group in first._groups.values():
        assert group._consumer is not None
        await group._consumer.stop()
        for worker in group._workers.values():
            for task in worker._tasks:
                task.cancel()
        group._workers.clear()
    second, seen = await shop.open(), []

    async def take(message: Message) -> None:
        seen.append(message.value)

    await second.subscribe("one", [shop.topic], take)
    await eventually(lambda: seen == [b"1", b"2"])


async def test_what_was_dealt_with_does_not_come_again(shop: Shop) -> None:
    first, seen = await shop.open(), []

    async def take(message: Message) -> None:
        seen.append(message.value)

    await first.subscribe("one", [shop.topic], take)
    await first.publish(shop.messages("a", 1, 2, 3))
    await eventually(lambda: len(seen) == 3)
    await first.close()
    second = await shop.open()
    await second.subscribe("one", [shop.topic], take)
    await second.publish(shop.messages("a", 4))
    await eventually(lambda: len(seen) >= 4)
    assert seen == [b"1", b"2", b"3", b"4"]


async def test_a_receiver_that_fails_is_asked_again_and_order_is_kept(shop: Shop) -> None:
    bus, seen, failures = await shop.open(), [], iter([True, True, False, False, False])

    async def take(message: Message) -> None:
        if next(failures):
            raise OSError("down")
        seen.append(message.value)

    await bus.subscribe("one", [shop.topic], take)
    await bus.publish(shop.messages("a", 1, 2, 3))
    await eventually(lambda: len(seen) == 3)
    assert seen == [b"1", b"2", b"3"]


async def test_workers_that_come_and_go_deal_with_everything_in_order(shop: Shop) -> None:
    """Every message at least once, and never one of a key before one that was sent earlier."""
    sender, seen = await shop.open(), []
    keys = [f"key-{number}" for number in range(20)]

    async def take(message: Message) -> None:
        await asyncio.sleep(0.001)
        seen.append((message.key, int(message.value)))

    async def send() -> None:
        for value in range(30):
            await sender.publish([message for key in keys for message in shop.messages(key, value)])
            await asyncio.sleep(0.05)

    workers = [await shop.open()]
    await workers[0].subscribe("one", [shop.topic], take)
    sending = asyncio.create_task(send())
    for _ in range(2):
        await asyncio.sleep(0.5)
        joined = await shop.open()
        await joined.subscribe("one", [shop.topic], take)
        workers.append(joined)
        await asyncio.sleep(0.5)
        await workers.pop(0).close()
    await sending
    await eventually(lambda: len(set(seen)) == 30 * len(keys), 60)
    for key in keys:
        values = [value for each, value in seen if each == key]
        firsts = list(dict.fromkeys(values))
        assert firsts == list(range(30))


async def test_a_message_that_is_too_large_is_refused(shop: Shop) -> None:
    bus = await shop.open()
    with pytest.raises(MessageRejected):
        await bus.publish([Message(shop.topic, "a", bytes(2_000_000))])
    await bus.publish(shop.messages("a", 1))


async def test_topics_that_are_there_are_left_alone(shop: Shop) -> None:
    bus = await shop.open()
    await bus.create_topics([Topic(shop.topic, PARTITIONS + 1), *list_topics(1)])
    await bus.create_topics(list_topics(1))


async def test_a_producer_that_has_lost_its_place_is_replaced(shop: Shop) -> None:
    bus = await shop.open()
    seen: list[bytes] = []

    async def take(message: Message) -> None:
        seen.append(message.value)

    await bus.subscribe("one", [shop.topic], take)
    await bus.publish(shop.messages("a", 1))
    lost = bus._producer
    assert lost is not None
    # What a broker says to the one whose messages before it never got.
    for partition in range(PARTITIONS):
        lost._txn_manager.increment_sequence_number(TopicPartition(shop.topic, partition), 1_000)
    with pytest.raises(KafkaError):
        await bus.publish(shop.messages("a", 2))
    await bus.publish(shop.messages("a", 2))
    assert bus._producer is not lost
    await eventually(lambda: seen == [b"1", b"2"])
