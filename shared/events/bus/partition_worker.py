"""The messages of one partition: those of each key one after another, those of several keys side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from aiokafka import ConsumerRecord, TopicPartition

from entrepot.shared.environment import Environment
from entrepot.shared.events.bus.bus import Message, MessageNotYetKnown, Receiver
from entrepot.shared.events.fan_out.fan_out import first_of
from entrepot.shared.events.outbox.backoff import Backoff
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)
_FULL: Final = 1_000
"""Messages that wait in memory before no more are fetched; those behind the oldest unprocessed one count."""
_MAX_KEYS: Final = 128
"""Keys whose messages are processed side by side."""
_BACKOFF: Final = Backoff(base=0.2, limit=10.0)
_FINISH_SECONDS: Final = 20.0
"""How long a partition that is revoked waits for the messages under way: what is cut off comes again."""


class PartitionWorker:
    """Processes the messages of one partition. A key that fails, or takes long, does not hold up the others.

    `position` is the offset of the oldest message that is not processed; what was processed beyond it comes again after
    a crash.
    """

    def __init__(self, partition: TopicPartition, receiver: Receiver, environment: Environment) -> None:
        self.partition = partition
        self.position: int | None = None
        self.committed: int | None = None
        self._receiver = receiver
        self._environment = environment
        self._waiting: deque[ConsumerRecord] = deque()
        # Records, not offsets: a log that was made again uses its offsets again.
        self._done: set[int] = set()
        self._queues: dict[bytes, deque[ConsumerRecord]] = {}
        self._idle: deque[bytes] = deque()
        """Keys with messages that nobody processes yet, in the order in which they came."""
        self._tasks: dict[asyncio.Task[None], bytes] = {}
        self._ending = asyncio.Event()

    @property
    def is_full(self) -> bool:
        return len(self._waiting) >= _FULL

    @property
    def is_idle(self) -> bool:
        return not self._waiting

    @property
    def has_due_events(self) -> bool:
        return self.position is not None and self.position != self.committed

    def add(self, records: Sequence[ConsumerRecord]) -> None:
        if self._ending.is_set():
            return
        if self.position is None and records:
            self.position = self.committed = records[0].offset
        self._waiting.extend(records)
        for record in records:
            key = record.key or b""
            if key not in self._queues:
                self._queues[key] = deque()
                self._idle.append(key)
            self._queues[key].append(record)
        self._begin()

    async def stop(self) -> None:
        """Return when the messages under way have been processed; those behind them are left to the next owner.

        Messages that take too long are cut off, and come again.
        """
        self._ending.set()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=_FINISH_SECONDS)
        if late:
            _log.warning("kafka.cut_off", topic=self.partition.topic, partition=self.partition.partition)
            for task in late:
                task.cancel()
            await asyncio.wait(late, timeout=_FINISH_SECONDS)

    def _begin(self) -> None:
        while self._idle and len(self._tasks) < _MAX_KEYS and not self._ending.is_set():
            key = self._idle.popleft()
            task = asyncio.create_task(self._process(key), name=f"{self.partition}:worker")
            self._tasks[task] = key
            task.add_done_callback(self._go_on)

    def _go_on(self, task: asyncio.Task[None]) -> None:
        """Begin with the next key; one whose task ended by a fault of ours is begun with again."""
        key = self._tasks.pop(task)
        if key in self._queues and not self._ending.is_set():
            error = None if task.cancelled() else task.exception()
            _log.error("kafka.partition_failed", partition=self.partition.partition, exc_info=error)
            self._idle.append(key)
        self._begin()

    async def _process(self, key: bytes) -> None:
        """The messages of one key in their order, each until it is processed, or until the work ends."""
        queue, failures = self._queues[key], 0
        while queue and not self._ending.is_set():
            record = queue[0]
            try:
                await self._receiver(read_message(record))
            except MessageNotYetKnown as error:
                # Its sender is newer than this process: it waits for the next release, and so does what follows it.
                _log.warning("kafka.message_waits", topic=record.topic, offset=record.offset, reason=str(error))
                failures += 1
                await self._wait(failures)
            except Exception:  # noqa: BLE001 - not processed at all, such as without a database: it is tried again
                _log.exception("kafka.receive_failed", topic=record.topic, offset=record.offset)
                failures += 1
                await self._wait(failures)
            else:
                failures = 0
                queue.popleft()
                self._done.add(id(record))
                self._advance()
        if not queue:
            del self._queues[key]

    async def _wait(self, failures: int) -> None:
        delay = _BACKOFF.delay(failures, self._environment.randomness)
        await first_of(self._environment.clock.sleep(delay), self._wait_for_ending())

    async def _wait_for_ending(self) -> None:
        await self._ending.wait()

    def _advance(self) -> None:
        while self._waiting and id(self._waiting[0]) in self._done:
            record = self._waiting.popleft()
            self._done.discard(id(record))
            self.position = record.offset + 1


def read_message(record: ConsumerRecord) -> Message:
    """The record as a message, of any sender: the receiver validates it."""
    key = (record.key or b"").decode(errors="replace")
    return Message(record.topic, key, record.value or b"", tuple(record.headers))
