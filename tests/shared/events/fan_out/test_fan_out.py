"""Live updates: nothing is missed, and nobody is left listening."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import pytest

from entrepot.shared.events import MemoryFanOut, follow
from entrepot.shared.events.fan_out.fan_out import POLL_INTERVAL, first_of
from tests.support.clock import ManualClock

LAST = 99


class Log:
    """What a follower reads, from its own position on; `while_reading` happens between the reading and the wait."""

    def __init__(self) -> None:
        self.items: list[int] = []
        self.position = 0
        self.reads = 0
        self.while_reading: Callable[[], object] = lambda: None

    async def read_news(self) -> Sequence[int]:
        self.reads += 1
        news = self.items[self.position :]
        self.position = len(self.items)
        self.while_reading()
        return news


def follow_log(fan_out: MemoryFanOut, clock: ManualClock, log: Log) -> AsyncGenerator[int, None]:
    followed = follow(fan_out, clock, "c", log.read_news, lambda item: item == LAST)
    assert isinstance(followed, AsyncGenerator)
    return followed


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def fan_out() -> MemoryFanOut:
    return MemoryFanOut()


class TestFollow:
    async def test_begins_with_what_is_there_and_ends_with_the_last(
        self, fan_out: MemoryFanOut, clock: ManualClock
    ) -> None:
        log = Log()
        log.items = [1, 2, LAST, 3]
        assert [item async for item in follow_log(fan_out, clock, log)] == [1, 2, LAST]
        assert fan_out._listeners == {}

    async def test_a_wake_up_brings_the_news(self, fan_out: MemoryFanOut, clock: ManualClock) -> None:
        log = Log()
        async with aclosing(follow_log(fan_out, clock, log)) as followed:
            for item in (1, 2, LAST):
                waiting = asyncio.ensure_future(anext(followed))
                await settle()
                assert not waiting.done()
                log.items.append(item)
                await fan_out.notify("another channel")
                await settle()
                assert not waiting.done()
                await fan_out.notify("c")
                assert await waiting == item
            with pytest.raises(StopAsyncIteration):
                await anext(followed)

    async def test_what_happens_between_reading_and_waiting_is_not_missed(
        self, fan_out: MemoryFanOut, clock: ManualClock
    ) -> None:
        log = Log()

        def happen() -> None:
            if not log.items:
                log.items.append(LAST)
                for listener in fan_out._listeners["c"]:
                    listener.event.set()

        log.while_reading = happen
        # On a clock that nobody moves: only the wake-up can bring it.
        assert [item async for item in follow_log(fan_out, clock, log)] == [LAST]

    async def test_a_lost_wake_up_only_delays(self, fan_out: MemoryFanOut, clock: ManualClock) -> None:
        log = Log()
        async with aclosing(follow_log(fan_out, clock, log)) as followed:
            waiting = asyncio.ensure_future(anext(followed))
            await settle()
            log.items.append(LAST)
            clock.advance(POLL_INTERVAL - 0.1)
            await settle()
            assert (log.reads, waiting.done()) == (1, False)
            clock.advance(0.1)
            assert await waiting == LAST

    async def test_many_wake_ups_are_one_reading(self, fan_out: MemoryFanOut, clock: ManualClock) -> None:
        log = Log()
        async with aclosing(follow_log(fan_out, clock, log)) as followed:
            waiting = asyncio.ensure_future(anext(followed))
            await settle()
            log.items.append(LAST)
            for _ in range(100):
                await fan_out.notify("c")
            assert await waiting == LAST
        assert log.reads == 2

    @pytest.mark.parametrize("how", ["cancelled while waiting", "closed between items"])
    async def test_who_leaves_listens_no_more(self, fan_out: MemoryFanOut, clock: ManualClock, how: str) -> None:
        log = Log()
        log.items = [1]
        followed = follow_log(fan_out, clock, log)
        assert await anext(followed) == 1
        assert len(fan_out._listeners["c"]) == 1
        if how == "cancelled while waiting":
            waiting = asyncio.ensure_future(anext(followed))
            await settle()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        else:
            await followed.aclose()
        assert fan_out._listeners == {}
        await settle()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def test_followers_of_one_channel_are_all_woken(self, fan_out: MemoryFanOut, clock: ManualClock) -> None:
        log = [Log() for _ in range(3)]
        waiting = [asyncio.ensure_future(anext(follow_log(fan_out, clock, one))) for one in log]
        await settle()
        for one in log:
            one.items.append(LAST)
        await fan_out.notify("c")
        assert await asyncio.gather(*waiting) == [LAST] * 3

    async def test_an_error_of_reading_is_the_followers(self, fan_out: MemoryFanOut, clock: ManualClock) -> None:
        async def fail() -> Sequence[int]:
            raise OSError("down")

        with pytest.raises(OSError, match="down"):
            await anext(follow(fan_out, clock, "c", fail, lambda _item: False))
        assert fan_out._listeners == {}


class TestFirstOf:
    async def test_ends_with_the_first_and_cancels_the_others(self) -> None:
        ended = []

        async def long() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("long")

        async def short() -> None:
            ended.append("short")

        await first_of(long(), short())
        assert sorted(ended) == ["long", "short"]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def test_raises_what_a_wait_raised_instead_of_spinning(self) -> None:
        async def fail() -> None:
            raise OSError("down")

        with pytest.raises(OSError, match="down"):
            await first_of(fail(), asyncio.Event().wait())  # type: ignore[arg-type]  # what it answers is of no interest
