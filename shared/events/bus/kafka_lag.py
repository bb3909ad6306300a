"""How far consumer groups are behind, read from the brokers: end offsets minus committed offsets, all partitions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from entrepot.shared.environment import Environment
from entrepot.shared.events.bus.kafka_group import KafkaGroup
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)
_READ_SECONDS: Final = 15.0
_FRESH_SECONDS: Final = 60.0
"""A lag that was read longer ago is not reported."""
_STALLED_READS: Final = 6
"""A partition that lags, moves in none of so many reads, and of which nothing waits here, is fetched by nobody."""


class KafkaLag:
    """Reads the lag of the groups again and again.

    It is also what notices that a log was made again (its end went back), that topics are missing, and that a
    partition of this process stands still although messages wait in it.
    """

    def __init__(
        self,
        options: dict[str, Any],
        environment: Environment,
        groups: Iterable[KafkaGroup],
        make_topics: Callable[[frozenset[str]], Awaitable[None]],
        *,
        interval: float,
    ) -> None:
        self._options = options
        self._environment = environment
        self._groups = groups
        self._make_topics = make_topics
        self._interval = interval
        self._admin: AIOKafkaAdminClient | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._missing: frozenset[str] = frozenset()
        self._ends: dict[TopicPartition, int] = {}
        self._stalls: dict[tuple[str, TopicPartition], tuple[int, int]] = {}
        self._lag: dict[tuple[str, str, int], int] = {}
        self._read_at: float | None = None
        self._begun_at = environment.clock.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether the brokers answered lately, or may still do so for the first time."""
        since = self._begun_at if self._read_at is None else self._read_at
        return self._environment.clock.monotonic() - since < _FRESH_SECONDS

    @property
    def age(self) -> float | None:
        """Seconds since the lag was read; None before the first time."""
        return None if self._read_at is None else self._environment.clock.monotonic() - self._read_at

    @property
    def lag(self) -> dict[tuple[str, str, int], int]:
        """By group, topic and partition; empty while the brokers do not answer."""
        return self._lag if self.is_fresh else {}

    async def run(self) -> None:
        """Read indefinitely; errors are logged, and the next read begins with new connections."""
        self._begun_at = self._environment.clock.monotonic()
        try:
            while True:
                self._environment.failpoint("kafka:lag")
                try:
                    async with asyncio.timeout(_READ_SECONDS):
                        await self._read()
                except (KafkaError, TimeoutError, OSError) as error:
                    _log.warning("kafka.lag_unknown", error=repr(error))
                    await self._disconnect()
                await self._environment.clock.sleep(self._interval)
        finally:
            await self._disconnect()

    async def _read(self) -> None:
        groups = list(self._groups)
        admin, consumer = await self._connect()
        topics = frozenset(topic for group in groups for topic in group.topics)
        partitions, missing = await _list_partitions(admin, topics)
        back, self._missing = self._missing - missing, missing
        for group in groups:
            if not back.isdisjoint(group.topics):
                # Its positions are those of logs that were deleted.
                group.rejoin(f"topics were missing: {', '.join(sorted(back))}")
        if missing:
            await self._make_topics(missing)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions) if partitions else {}
        lag: dict[tuple[str, str, int], int] = {}
        for group in groups:
            committed = await admin.list_consumer_group_offsets(group.name)
            for partition, end in ends.items():
                if partition.topic in group.topics:
                    known = committed.get(partition)
                    # Without a committed offset, or with one beyond the end, the whole log is still to be read.
                    done = 0 if known is None or not 0 <= known.offset <= end else known.offset
                    lag[group.name, *partition] = end - done
                    self._watch(group, partition, done, end)
            self._look_for_new_logs(group, ends)
        self._ends, self._lag = ends, lag
        self._read_at = self._environment.clock.monotonic()

    def _look_for_new_logs(self, group: KafkaGroup, ends: dict[TopicPartition, int]) -> None:
        again = [each for each, end in ends.items() if each.topic in group.topics and end < self._ends.get(each, 0)]
        if again:
            names = ", ".join(f"{each.topic}/{each.partition}" for each in sorted(again))
            group.rejoin(f"logs were made again: {names}")

    def _watch(self, group: KafkaGroup, partition: TopicPartition, done: int, end: int) -> None:
        """Have the group joined again when a partition stands still here."""
        key = (group.name, partition)
        if done == end or partition not in group.idle_partitions:
            self._stalls.pop(key, None)
            return
        before, reads = self._stalls.get(key, (done, 0))
        self._stalls[key] = (done, reads + 1 if before == done else 1)
        if self._stalls[key][1] >= _STALLED_READS:
            self._stalls.pop(key)
            group.rejoin(f"{partition.topic}/{partition.partition} stands still at {done} of {end}")

    async def _connect(self) -> tuple[AIOKafkaAdminClient, AIOKafkaConsumer]:
        if self._admin is None or self._consumer is None:
            await self._disconnect()
            self._admin = AIOKafkaAdminClient(**self._options)
            self._consumer = AIOKafkaConsumer(**self._options, isolation_level="read_committed")
            await self._admin.start()
            await self._consumer.start()
        return self._admin, self._consumer

    async def _disconnect(self) -> None:
        admin, self._admin = self._admin, None
        consumer, self._consumer = self._consumer, None
        try:
            async with asyncio.timeout(_READ_SECONDS):
                if admin is not None:
                    await admin.close()
                if consumer is not None:
                    await consumer.stop()
        except (KafkaError, TimeoutError, OSError) as error:
            _log.warning("kafka.lag_reader_not_ended", error=repr(error))


async def _list_partitions(
    admin: AIOKafkaAdminClient, topics: frozenset[str]
) -> tuple[list[TopicPartition], frozenset[str]]:
    """The partitions of the topics, and the topics that are not there."""
    partitions: list[TopicPartition] = []
    missing: set[str] = set()
    for topic in await admin.describe_topics(sorted(topics)) if topics else ():
        if topic["error_code"] == UnknownTopicOrPartitionError.errno:
            missing.add(topic["topic"])
        partitions += [TopicPartition(topic["topic"], each["partition"]) for each in topic["partitions"]]
    return partitions, frozenset(missing)
