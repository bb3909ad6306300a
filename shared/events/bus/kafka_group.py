"""One subgraph's share of a consumer group: a worker per partition, offsets committed after the effect.

A message counts as dealt with when the receiver has returned, which is after the transaction of its effect; so what a
process had under way when it died comes again, and the inbox lets it take effect once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, KafkaError

from entrepot.shared.backoff import Backoff
from entrepot.shared.environment import Environment
from entrepot.shared.events.bus.bus import Receiver
from entrepot.shared.events.bus.kafka_security import KafkaSecurity
from entrepot.shared.events.bus.partition_worker import PartitionWorker
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)
_POLL_SECONDS: Final = 0.5
_BATCH: Final = 500
_BACKOFF: Final = Backoff(base=0.2, limit=10.0)
POLL_BOUND_SECONDS: Final = 30.0
"""A poll that takes longer has failed; a consumer whose last one is older does not consume."""
_COMMIT_SECONDS: Final = 10.0
_LEAVE_SECONDS: Final = 10.0


class KafkaGroup:
    """Receives the messages of the partitions that the brokers assign to this process.

    Whatever ends the membership (an error, a poll that hangs, a log that was made again), the group is joined again.
    """

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
        self.topics: tuple[str, ...] = ()
        self._receiver = receiver
        self._environment = environment
        self._workers: dict[TopicPartition, PartitionWorker] = {}
        self._options: dict[str, Any] = {
            "bootstrap_servers": list(brokers),
            "client_id": client_id,
            "group_id": name,
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "isolation_level": "read_committed",
            "session_timeout_ms": int(session_seconds * 1000),
            "heartbeat_interval_ms": int(session_seconds * 1000 / 5),
            **security.build_options(),
        }
        self._consumer: AIOKafkaConsumer | None = None
        self._is_fresh = False
        self._polled_at: float | None = None
        self._rejoin_reason: str | None = None
        self.joins = 0
        """How often this process has joined the group."""

    async def start(self, topics: Sequence[str]) -> None:
        """Join the group; raises KafkaError without a broker. `run` receives the messages."""
        self.topics = tuple(topics)
        await self._join()
        self._is_fresh = True

    async def run(self) -> None:
        """Receive indefinitely; after a failure, join again."""
        failures = 0
        while True:
            try:
                if not self._is_fresh:
                    await self._leave()
                    await self._join()
                self._is_fresh = False
                while self._rejoin_reason is None:
                    self._environment.failpoint(f"{self.name}:poll")
                    await self._poll()
                    failures = 0
                _log.warning("kafka.membership_lost", group=self.name, reason=self._rejoin_reason)
            except (KafkaError, TimeoutError, OSError) as error:
                _log.warning("kafka.consumer_failed", group=self.name, error=repr(error))
            except Exception:  # noqa: BLE001 - nothing ends a consumer
                _log.exception("kafka.consumer_failed", group=self.name)
            self._rejoin_reason = None
            failures += 1
            delay = _BACKOFF.delay(failures, self._environment.randomness)
            _log.warning("kafka.joins_again", group=self.name, seconds=round(delay, 2), failures=failures)
            await self._environment.clock.sleep(delay)

    async def stop(self) -> None:
        """Finish the messages under way, commit, and leave the group; `run` has ended before."""
        await self._leave()

    def rejoin(self, reason: str) -> None:
        """Have `run` leave the group and join it again."""
        self._rejoin_reason = reason

    @property
    def is_consuming(self) -> bool:
        """Whether the last poll is recent."""
        polled = self._polled_at
        return polled is not None and self._environment.clock.monotonic() - polled < POLL_BOUND_SECONDS

    @property
    def poll_age(self) -> float | None:
        """Seconds since the last poll; None before the first."""
        return None if self._polled_at is None else self._environment.clock.monotonic() - self._polled_at

    @property
    def idle_partitions(self) -> list[TopicPartition]:
        """The partitions of this process of which nothing waits in memory."""
        return [partition for partition, worker in self._workers.items() if worker.is_idle]

    def assign(self, partitions: Collection[TopicPartition]) -> None:
        _log.info("kafka.assigned", group=self.name, partitions=len(partitions))
        for partition in partitions:
            self._workers[partition] = PartitionWorker(partition, self._receiver, self._environment)

    async def release(self, partitions: Collection[TopicPartition]) -> None:
        """End the work on these partitions: who gets them next begins after what was committed here."""
        workers = [worker for partition in partitions if (worker := self._workers.get(partition)) is not None]
        await asyncio.gather(*(worker.stop() for worker in workers))
        await self._commit()
        for worker in workers:
            if self._workers.get(worker.partition) is worker:
                del self._workers[worker.partition]

    async def _join(self) -> None:
        consumer = AIOKafkaConsumer(**self._options)
        consumer.subscribe(self.topics, listener=_Listener(self))
        try:
            await consumer.start()
        except BaseException:
            await _end(consumer, self.name)
            raise
        _fence_commits(consumer)
        self._consumer = consumer
        self.joins += 1
        self._polled_at = self._environment.clock.monotonic()

    async def _leave(self) -> None:
        await self.release(tuple(self._workers))
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await _end(consumer, self.name)

    async def _poll(self) -> None:
        consumer = self._consumer
        assert consumer is not None
        async with asyncio.timeout(POLL_BOUND_SECONDS):
            fetched = await consumer.getmany(timeout_ms=int(_POLL_SECONDS * 1000), max_records=_BATCH)
        self._polled_at = self._environment.clock.monotonic()
        for partition, records in fetched.items():
            worker = self._workers.get(partition)
            # Without a worker it was taken away just now, and is another's.
            if worker is not None:
                worker.add(records)
        await self._commit()
        for partition, worker in self._workers.items():
            worker.go_on()
            if worker.is_full:
                consumer.pause(partition)
            elif partition in consumer.paused():
                consumer.resume(partition)

    async def _commit(self) -> None:
        consumer = self._consumer
        due = {partition: worker for partition, worker in self._workers.items() if worker.has_due_events}
        offsets = {partition: worker.position for partition, worker in due.items() if worker.position is not None}
        if consumer is None or not offsets:
            return
        try:
            async with asyncio.timeout(_COMMIT_SECONDS):
                await consumer.commit(offsets)
        except CommitFailedError:
            # The group has moved on; what was dealt with comes again to another, whose inbox knows it.
            _log.warning("kafka.commit_late", group=self.name)
        except (KafkaError, TimeoutError) as error:
            # Tried again with the next commit.
            _log.warning("kafka.commit_failed", group=self.name, error=repr(error))
            return
        # The workers of before: a partition may have been revoked, and even come back, in the meantime.
        for partition, position in offsets.items():
            due[partition].committed = position


def _fence_commits(consumer: AIOKafkaConsumer) -> None:
    """Have a commit fail when the membership or the assignment that it belongs to is over.

    Without a membership aiokafka would commit as no member, which brokers accept for a group that is empty. After a
    loss of the brokers' data those are positions in a log that is no more: messages of the new log would be skipped.
    """
    # The only place where a commit and its membership are seen together: aiokafka has no public one.
    coordinator = consumer._coordinator  # noqa: SLF001
    commit = coordinator._do_commit_offsets  # noqa: SLF001

    async def commit_as_member(assignment: Any, offsets: Any) -> None:
        if coordinator.generation < 0 or not assignment.active:
            raise CommitFailedError("This process is no longer the member that it was.")
        await commit(assignment, offsets)

    coordinator._do_commit_offsets = commit_as_member  # noqa: SLF001


async def _end(consumer: AIOKafkaConsumer, group: str) -> None:
    """Close it for good; one that does not end in time is left behind, and the brokers forget it."""
    try:
        async with asyncio.timeout(_LEAVE_SECONDS):
            await consumer.stop()
    except (KafkaError, TimeoutError, OSError) as error:
        _log.warning("kafka.consumer_not_ended", group=group, error=repr(error))


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Hears which partitions come and go."""

    def __init__(self, group: KafkaGroup) -> None:
        self._group = group

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        await self._group.release(revoked)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._group.assign(assigned)
