"""One partition of a consumer group: the messages of each key one after another, those of several side by side."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from itertools import islice
from typing import Final

from aiokafka import ConsumerRecord, TopicPartition

from entrepot.shared.backoff import Backoff
from entrepot.shared.environment import Environment
from entrepot.shared.events.bus.bus import Message, MessageNotYetKnown, Receiver
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)
_FULL: Final = 1_000
"""Messages of one partition that wait in memory before no more of it are fetched."""
_TOGETHER: Final = 128
"""Messages of one partition that are dealt with side by side."""
_BACKOFF: Final = Backoff(base=0.2, limit=10.0)
_FINISH_SECONDS: Final = 20.0
"""How long a partition that is revoked waits for the messages under way: what is cut off comes again."""


class PartitionWorker:
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
        # Records, not offsets: a log that was made again uses its offsets again.
        self._done: set[int] = set()
        self._is_ending = False
        self._task: asyncio.Task[None] | None = None

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
        if self._is_ending:
            return
        if self.position is None and records:
            self.position = self.committed = records[0].offset
        self._waiting.extend(records)
        self.go_on()

    def go_on(self) -> None:
        """Deal with what waits, also after the task for it has ended with an error."""
        if self._is_ending or not self._waiting or not (self._task is None or self._task.done()):
            return
        if self._task is not None and not self._task.cancelled() and (error := self._task.exception()) is not None:
            _log.error("kafka.partition_failed", partition=self.partition.partition, exc_info=error)
        self._task = asyncio.create_task(self._run(), name=f"{self.partition.topic}:{self.partition.partition}")

    async def stop(self) -> None:
        """Return when the messages under way have been dealt with; those behind them are left to the next owner.

        Messages that take too long are cut off, and come again.
        """
        self._is_ending = True
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=_FINISH_SECONDS)
        if not self._task.done():
            _log.warning("kafka.cut_off", topic=self.partition.topic, partition=self.partition.partition)
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_FINISH_SECONDS)

    async def _run(self) -> None:
        failures = 0
        while self._waiting and not self._is_ending:
            lines: defaultdict[bytes, list[ConsumerRecord]] = defaultdict(list)
            for record in islice(self._waiting, _TOGETHER):
                if id(record) not in self._done:
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
            except MessageNotYetKnown as error:
                # Its sender is newer than this process: it waits for the next release, and so does what follows it.
                _log.warning("kafka.message_waits", topic=record.topic, offset=record.offset, reason=str(error))
                return False
            except Exception:  # noqa: BLE001 - not dealt with at all, such as without a database: it waits its turn
                _log.exception("kafka.receive_failed", topic=record.topic, offset=record.offset)
                return False
            self._done.add(id(record))
            self._advance()
        return True

    def _advance(self) -> None:
        while self._waiting and id(self._waiting[0]) in self._done:
            record = self._waiting.popleft()
            self._done.discard(id(record))
            self.position = record.offset + 1


def read_message(record: ConsumerRecord) -> Message:
    """The record as a message, of any sender: the receiver validates it."""
    key = (record.key or b"").decode(errors="replace")
    return Message(record.topic, key, record.value or b"", tuple(record.headers))
