"""One subgraph's share of a consumer group: a worker a partition, offsets committed after the effect.

A message counts as dealt with when the receiver has returned, which is after the transaction of its effect; so what a
process had under way when it died comes again, and the inbox lets it take effect once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, KafkaError

from entrepot.shared.environment import Environment
from entrepot.shared.events.bus.bus import Receiver
from entrepot.shared.events.bus.kafka_security import KafkaSecurity
from entrepot.shared.events.bus.partition_worker import PartitionWorker
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)
_POLL_SECONDS: Final = 0.5
_BATCH: Final = 500
_RETRY_SECONDS: Final = 0.2


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
        self._workers: dict[TopicPartition, PartitionWorker] = {}
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
            self._workers[partition] = PartitionWorker(partition, self._receiver, self._environment)

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
                await self._environment.clock.sleep(_RETRY_SECONDS)

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


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Hears which partitions come and go."""

    def __init__(self, group: KafkaGroup) -> None:
        self._group = group

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        await self._group.release(revoked)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._group.assign(assigned)
