"""Live updates across processes: wake-ups over one Redis stream that every process reads.

A wake-up says where to look, never what there is to see. So one that is lost only delays: followers look again by
themselves after a while, and all of them after the connection was lost.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Final, Self, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from entrepot.shared.backoff import Backoff
from entrepot.shared.environment import Environment
from entrepot.shared.events.fan_out.fan_out import Listener, MemoryFanOut
from entrepot.shared.supervision import Supervisor
from entrepot.shared.telemetry import get_logger

_log: Final = get_logger(__name__)
_KEPT: Final = 10_000
"""Wake-ups that the stream keeps, about: as many as may be sent while a process reconnects."""
_BLOCK_MILLISECONDS: Final = 2_000
_BACKOFF: Final = Backoff(base=0.1, limit=2.0)


class RedisFanOut:
    """Wakes the followers of this process at once, and those of the others over the stream; `open` it, `close` it."""

    def __init__(self, client: Redis, environment: Environment, *, stream: str) -> None:
        self._client = client
        self._environment = environment
        self._stream = stream
        self._local = MemoryFanOut()
        self._supervisor = Supervisor("fan-out", environment)
        self._is_closing = False

    async def open(self) -> Self:
        """Begin to hear the other processes."""
        self._supervisor.start("read", self._read)
        return self

    async def close(self) -> None:
        # The client may swallow the cancellation of a read; then the end of its wait is the end of the task.
        self._is_closing = True
        await self._supervisor.stop()

    @property
    def is_working(self) -> bool:
        """Whether the wake-ups of other processes are read."""
        return self._supervisor.is_working

    async def notify(self, channel: str) -> None:
        await self._local.notify(channel)
        await self._client.xadd(self._stream, {"channel": channel}, maxlen=_KEPT, approximate=True)

    def listen(self, channel: str) -> AbstractAsyncContextManager[Listener]:
        return self._local.listen(channel)

    async def _read(self) -> None:
        position: bytes | str = "$"
        failures = 0
        # What was said before this position, also when this task is started again, may concern anybody.
        await self._local.notify_all()
        while not self._is_closing:
            self._environment.failpoint("fan-out:read")
            try:
                answer = await self._client.xread({self._stream: position}, block=_BLOCK_MILLISECONDS)
                streams = cast("list[tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]]]]", answer)
            except RedisError as error:
                failures += 1
                _log.warning("fan_out.unavailable", error=repr(error))
                await self._environment.clock.sleep(_BACKOFF.delay(failures, self._environment.randomness))
                continue
            if failures:
                # Whatever was said in the meantime may be gone from the stream.
                failures = 0
                await self._local.notify_all()
            for _, entries in streams:
                for position, fields in entries:  # noqa: B007 - the last position is where the next read begins
                    await self._local.notify(fields[b"channel"].decode())
