"""Cache and limiter in memory."""

from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.shared.caching import MemoryCache, MemoryLimiter
from tests.support.clock import ManualClock


@pytest.fixture
def cache(clock: ManualClock) -> MemoryCache:
    return MemoryCache(clock, max_entries=3)


class TestBytes:
    """The bound in bytes of keys and values together."""

    async def test_the_least_recently_used_leave_until_the_rest_fits(self, clock: ManualClock) -> None:
        cache = MemoryCache(clock, max_bytes=20)
        for key in ("a", "b", "c"):
            await cache.set(key, b"12345", 60)
        await cache.get("a")
        await cache.set("d", b"1234567", 60)
        assert [await cache.get(key) for key in ("a", "b", "c", "d")] == [b"12345", None, b"12345", b"1234567"]

    async def test_what_is_larger_than_all_of_it_is_not_kept_and_empties_nothing(self, clock: ManualClock) -> None:
        cache = MemoryCache(clock, max_bytes=10)
        await cache.set("a", b"12345", 60)
        await cache.set("b", b"1234567890", 60)
        assert (await cache.get("a"), await cache.get("b")) == (b"12345", None)

    async def test_what_is_replaced_deleted_or_expired_no_longer_counts(self, clock: ManualClock) -> None:
        cache = MemoryCache(clock, max_bytes=12)
        for _ in range(3):
            await cache.set("a", b"12345", 60)
        await cache.set("b", b"12345", 1)
        await cache.delete("a")
        clock.advance(2)
        assert await cache.get("b") is None
        await cache.set("c", b"12345", 60)
        await cache.set("d", b"12345", 60)
        assert (await cache.get("c"), await cache.get("d")) == (b"12345", b"12345")


class Source:
    """Loads when it is told to, and counts how often it was asked."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.started = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def load(self) -> bytes:
        self.asked += 1
        self.started.set()
        await self.may_answer.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class TestCache:
    async def test_keeps_a_value_for_its_time(self, cache: MemoryCache, clock: ManualClock) -> None:
        await cache.set("a", b"1", 10)
        clock.advance(9.999)
        assert await cache.get("a") == b"1"
        clock.advance(0.001)
        assert await cache.get("a") is None

    async def test_deletes(self, cache: MemoryCache) -> None:
        await cache.set("a", b"1", 10)
        await cache.delete("a")
        await cache.delete("never there")
        assert await cache.get("a") is None

    async def test_the_least_recently_used_leaves_first(self, cache: MemoryCache) -> None:
        for key in "abc":
            await cache.set(key, b"1", 10)
        await cache.get("a")
        await cache.set("d", b"1", 10)
        assert [key for key in "abcd" if await cache.get(key)] == ["a", "c", "d"]
        assert len(cache._entries) == 3


class TestGetOrLoad:
    async def test_loads_once_for_all_who_ask(self, cache: MemoryCache) -> None:
        source = Source(b"1")
        asking = [asyncio.create_task(cache.get_or_load("a", 10, source.load)) for _ in range(20)]
        await source.started.wait()
        source.may_answer.set()
        assert await asyncio.gather(*asking) == [b"1"] * 20
        assert await cache.get_or_load("a", 10, source.load) == b"1"
        assert source.asked == 1

    async def test_who_leaves_takes_nothing_from_the_others(self, cache: MemoryCache) -> None:
        source = Source(b"1")
        leaving = asyncio.create_task(cache.get_or_load("a", 10, source.load))
        staying = asyncio.create_task(cache.get_or_load("a", 10, source.load))
        await source.started.wait()
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        source.may_answer.set()
        assert await staying == b"1"
        assert source.asked == 1

    async def test_a_failure_is_told_to_all_and_not_kept(self, cache: MemoryCache) -> None:
        source = Source(OSError("down"), b"1")
        asking = [asyncio.create_task(cache.get_or_load("a", 10, source.load)) for _ in range(3)]
        source.may_answer.set()
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [OSError] * 3
        assert await cache.get_or_load("a", 10, source.load) == b"1"
        assert source.asked == 2

    async def test_a_failure_that_nobody_waits_for_is_no_unseen_error(self, cache: MemoryCache) -> None:
        unseen: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unseen.append(context))
        source = Source(OSError("down"))
        leaving = asyncio.create_task(cache.get_or_load("a", 10, source.load))
        await source.started.wait()
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        (loading,) = cache._loading.values()
        source.may_answer.set()
        await asyncio.wait([loading])
        del loading
        await asyncio.sleep(0)
        assert cache._loading == {}
        assert unseen == []

    @pytest.mark.parametrize("change", ["set", "delete"])
    async def test_what_changed_while_loading_is_not_overwritten(self, cache: MemoryCache, change: str) -> None:
        source = Source(b"old", b"newer")
        asking = asyncio.create_task(cache.get_or_load("a", 10, source.load))
        await source.started.wait()
        if change == "set":
            await cache.set("a", b"new", 10)
        else:
            await cache.delete("a")
        source.may_answer.set()
        assert await asking == b"old"
        assert await cache.get("a") == (b"new" if change == "set" else None)


class TestLimiter:
    async def test_says_how_long_to_wait(self, clock: ManualClock) -> None:
        limiter = MemoryLimiter(clock)
        for _ in range(5):
            assert await limiter.take("a", 1, capacity=5, per_second=0.5) == 0.0
        assert await limiter.take("a", 1, capacity=5, per_second=0.5) == 2.0
        assert await limiter.take("b", 1, capacity=5, per_second=0.5) == 0.0
        clock.advance(2)
        assert await limiter.take("a", 1, capacity=5, per_second=0.5) == 0.0

    async def test_what_never_fits_waits_for_ever(self, clock: ManualClock) -> None:
        limiter = MemoryLimiter(clock)
        assert await limiter.take("a", 6, capacity=5, per_second=1) == math.inf
        assert await limiter.take("a", 5, capacity=5, per_second=0) == 0.0
        assert await limiter.take("a", 1, capacity=5, per_second=0) == math.inf

    @pytest.mark.parametrize("cost", [0.0, -1.0])
    async def test_nothing_is_given_back(self, clock: ManualClock, cost: float) -> None:
        with pytest.raises(ValueError, match="more than nothing"):
            await MemoryLimiter(clock).take("a", cost, capacity=5, per_second=1)

    async def test_is_bounded(self, clock: ManualClock) -> None:
        limiter = MemoryLimiter(clock, max_buckets=10)
        for number in range(100):
            await limiter.take(str(number), 1, capacity=1, per_second=1)
        assert len(limiter._buckets) == 10

    @given(
        capacity=st.floats(1, 100),
        per_second=st.floats(0.01, 100),
        steps=st.lists(st.tuples(st.floats(0, 60), st.floats(0.01, 20)), max_size=60),
    )
    async def test_never_grants_more_than_capacity_and_what_came_in(
        self, capacity: float, per_second: float, steps: list[tuple[float, float]]
    ) -> None:
        clock = ManualClock()
        limiter = MemoryLimiter(clock)
        granted = [(0.0, 0.0)]
        for pause, cost in steps:
            clock.advance(pause)
            if await limiter.take("a", cost, capacity=capacity, per_second=per_second) == 0.0:
                granted.append((clock.monotonic(), cost))
        # In every window, not from the beginning alone.
        for first in range(1, len(granted)):
            taken = 0.0
            for moment, cost in granted[first:]:
                taken += cost
                assert taken <= capacity + per_second * (moment - granted[first][0]) + 1e-6

    @given(st.floats(1, 100), st.floats(0.01, 100), st.floats(0.01, 100))
    async def test_who_waits_as_told_is_granted(self, capacity: float, per_second: float, cost: float) -> None:
        clock = ManualClock()
        limiter = MemoryLimiter(clock)
        cost = min(cost, capacity)
        await limiter.take("a", capacity, capacity=capacity, per_second=per_second)
        wait = await limiter.take("a", cost, capacity=capacity, per_second=per_second)
        clock.advance(wait)
        assert await limiter.take("a", cost, capacity=capacity, per_second=per_second) == 0.0
