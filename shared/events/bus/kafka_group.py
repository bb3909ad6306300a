"""One subgraph's share of a consumer group: a worker a partition, offsets committed after the effect.

A message counts as dealt with when the receiver has returned, which is after the transaction of its effect; so what a
process had under way when it died comes again, and the inbox lets it take effect once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from itertools import islice
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, KafkaError

from entrepot.shared.environment import Environment
from entrepot.shared.events.bus.bus import Message, Receiver
from entrepot.shared.events.bus.kafka_security import KafkaSecurity
from entrepot.shared.events.outbox.backoff import Backoff
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)
_POLL_SECONDS: Final = 0.5
_BATCH: Final = 500
_FULL: Final = 1_000
"""Messages of one partition that wait in memory before no more of it are fetched."""
_TOGETHER: Final = 128
"""Messages of one partition that are dealt with side by side."""
_BACKOFF: Final = Backoff(base=0.2, limit=10.0)


class KafkaGroup:
    """Receives the messages of the partitions that the brokers assign to this process."""

    def __init__(
        self,
        name: str,
        brokers: Sequence[str],
        client_id: str,
        receiver: Receiver,
        environment: Environment,
        *,
        session_seconds: float,
        security: KafkaSecurity,
    ) -> None:
        self.name = name
        self._receiver = receiver
        self._environment = environment
        self._workers: dict[TopicPartition, _Worker] = {}
        self._task: asyncio.Task[None] | None = None
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=list(brokers),
            client_id=client_id,
            group_id=name,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            session_timeout_ms=int(session_seconds * 1000),
            heartbeat_interval_ms=int(session_seconds * 1000 / 5),
            **security.build_options(),
        )

    async def start(self, topics: Sequence[str]) -> None:
        """Join the group; messages come once the brokers have shared out the partitions."""
        self._consumer.subscribe(topics, listener=_Listener(self))
        await self._consumer.start()
        self._task = asyncio.create_task(self._run(), name=f"{self.name}:consumer")

    async def stop(self) -> None:
        """Finish the messages under way, commit, and leave the group."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.release(tuple(self._workers))
        await self._consumer.stop()

    def assign(self, partitions: Collection[TopicPartition]) -> None:
        for partition in partitions:
            self._workers[partition] = _Worker(partition, self._receiver, self._environment)

    async def release(self, partitions: Collection[TopicPartition]) -> None:
        """End the work on these partitions: who gets them next begins after what was committed here."""
        workers = [worker for partition in partitions if (worker := self._workers.get(partition)) is not None]
        await asyncio.gather(*(worker.stop() for worker in workers))
        await self._commit()
        for worker in workers:
            self._workers.pop(worker.partition, None)

    def lag(self) -> dict[tuple[str, int], int]:
        """Messages that are sent and not yet dealt with, by topic and partition."""
        known = ((worker, self._consumer.highwater(worker.partition)) for worker in self._workers.values())
        return {
            (worker.partition.topic, worker.partition.partition): max(0, end - worker.position)
            for worker, end in known
            if end is not None and worker.position is not None
        }

    async def _run(self) -> None:
        while True:
            try:
                await self._fetch()
            except KafkaError:
                _log.exception("kafka.fetch_failed", group=self.name)
                await self._environment.clock.sleep(_BACKOFF.base)

    async def _fetch(self) -> None:
        fetched = await self._consumer.getmany(timeout_ms=int(_POLL_SECONDS * 1000), max_records=_BATCH)
        for partition, records in fetched.items():
            worker = self._workers.get(partition)
            # Without a worker it was taken away just now, and is another's.
            if worker is not None:
                worker.add(records)
        await self._commit()
        for partition, worker in self._workers.items():
            if worker.is_full:
                self._consumer.pause(partition)
            elif partition in self._consumer.paused():
                self._consumer.resume(partition)

    async def _commit(self) -> None:
        done = {worker.partition: worker.position for worker in self._workers.values() if worker.has_due_events}
        offsets = {partition: position for partition, position in done.items() if position is not None}
        if not offsets:
            return
        try:
            await self._consumer.commit(offsets)
        except CommitFailedError:
            # The group has moved on; what was dealt with comes again to another, whose inbox knows it.
            _log.warning("kafka.commit_late", group=self.name)
        except KafkaError:
            # Tried again with the next commit.
            _log.exception("kafka.commit_failed", group=self.name)
            return
        for partition, position in offsets.items():
            self._workers[partition].committed = position


class _Worker:
    """Deals with the messages of one partition, those of each key one after another, those of several side by side.

    `position` is the first that is not dealt with; what was dealt with beyond it comes again after a crash.
    """

    def __init__(self, partition: TopicPartition, receiver: Receiver, environment: Environment) -> None:
        self.partition = partition
        self.position: int | None = None
        self.committed: int | None = None
        self._receiver = receiver
        self._environment = environment
        self._waiting: deque[ConsumerRecord] = deque()
        self._done: set[int] = set()
        self._is_ending = False
        self._task: asyncio.Task[None] | None = None

    @property
    def is_full(self) -> bool:
        return len(self._waiting) >= _FULL

    @property
    def has_due_events(self) -> bool:
        return self.position is not None and self.position != self.committed

    def add(self, records: Sequence[ConsumerRecord]) -> None:
        if self._is_ending:
            return
        if self.position is None and records:
            self.position = self.committed = records[0].offset
        self._waiting.extend(records)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Return when the messages under way have been dealt with; those behind them are left to the next owner."""
        self._is_ending = True
        if self._task is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        failures = 0
        while self._waiting and not self._is_ending:
            lines: defaultdict[bytes, list[ConsumerRecord]] = defaultdict(list)
            for record in islice(self._waiting, _TOGETHER):
                if record.offset not in self._done:
                    lines[record.key or b""].append(record)
            if all(await asyncio.gather(*(self._deal_with(records) for records in lines.values()))):
                failures = 0
            elif not self._is_ending:
                failures += 1
                await self._environment.clock.sleep(_BACKOFF.delay(failures, self._environment.randomness))

    async def _deal_with(self, records: Sequence[ConsumerRecord]) -> bool:
        """The records of one key in their order, until one cannot be dealt with; whether all were."""
        for record in records:
            if self._is_ending:
                return False
            message = read_message(record)
            try:
                await self._receiver(message)
            except Exception:  # noqa: BLE001 - not dealt with at all, such as without a database: it waits its turn
                _log.exception("kafka.receive_failed", topic=record.topic, offset=record.offset)
                return False
            self._done.add(record.offset)
            self._advance()
        return True

    def _advance(self) -> None:
        while self._waiting and self._waiting[0].offset in self._done:
            record = self._waiting.popleft()
            self._done.discard(record.offset)
            self.position = record.offset + 1


def read_message(record: ConsumerRecord) -> Message:
    """The record as a message, of any sender: the receiver validates it."""
    key = (record.key or b"").decode(errors="replace")
    return Message(record.topic, key, record.value or b"", tuple(record.headers))


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Hears which partitions come and go."""

    def __init__(self, group: KafkaGroup) -> None:
        self._group = group

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        await self._group.release(revoked)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._group.assign(assigned)
