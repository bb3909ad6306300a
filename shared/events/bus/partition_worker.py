"""The messages of one partition: those of each key one after another, those of several keys side by side."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Final

from aiokafka import ConsumerRecord, TopicPartition

from entrepot.shared.backoff import Backoff
from entrepot.shared.environment import Environment
from entrepot.shared.events.bus.bus import Message, MessageNotYetKnown, Receiver
from entrepot.shared.events.fan_out.fan_out import first_of
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
        self._tasks: set[asyncio.Task[None]] = set()
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
        self.go_on()

    def go_on(self) -> None:
        """Process what waits, also when a task for it has ended with an error."""
        self._begin()

    async def stop(self) -> None:
        """Return when the messages under way have been processed; those behind them are left to the next owner.

        Messages that take too long are cut off, and come again.
        """
        self._ending.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_FINISH_SECONDS)
        if left := tuple(self._tasks):
            _log.warning("kafka.cut_off", topic=self.partition.topic, partition=self.partition.partition)
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=_FINISH_SECONDS)

    def _begin(self) -> None:
        while self._idle and len(self._tasks) < _MAX_KEYS and not self._ending.is_set():
            key = self._idle.popleft()
            task = asyncio.create_task(self._process(key), name=f"{self.partition}:worker")
            self._tasks.add(task)
            task.add_done_callback(partial(self._note_end, key))

    def _note_end(self, key: bytes, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        # Messages of the key do not say that it failed: they may have come, and have a task, since this one ended.
        if task.cancelled() or error is not None:
            if error is not None:
                _log.error("kafka.key_failed", topic=self.partition.topic, exc_info=error)
            # The consumer has it go on at its next poll.
            self._idle.append(key)
        else:
            self._begin()

    async def _process(self, key: bytes) -> None:
        """The messages of one key in their order, each until it is processed, or until the work ends."""
        queue, failures = self._queues[key], 0
        while queue and not self._ending.is_set():
            record = queue[0]
            try:
                await self._receiver(read_message(record))
            except Exception as error:  # noqa: BLE001 - not processed, such as without a database: it is tried again
                if isinstance(error, MessageNotYetKnown):
                    # Its sender is newer than this process: it waits for the upgrade, and what follows it as well.
                    _log.warning("kafka.message_waits", topic=record.topic, offset=record.offset, reason=str(error))
                else:
                    _log.exception("kafka.receive_failed", topic=record.topic, offset=record.offset)
                failures += 1
                delay = _BACKOFF.delay(failures, self._environment.randomness)
                await first_of(self._environment.clock.sleep(delay), self._wait_for_ending())
            else:
                failures = 0
                queue.popleft()
                self._done.add(id(record))
                self._advance()
        if not queue:
            del self._queues[key]

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
