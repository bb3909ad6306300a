"""Work that takes too long is ended; nothing else is."""

import asyncio

import pytest

from entrepot.router.errors import RequestTimedOut, SubgraphUnavailable
from entrepot.router.traffic import Deadlines


def late() -> RequestTimedOut:
    return RequestTimedOut("late")


async def test_work_in_time_is_left_alone() -> None:
    deadlines = Deadlines(0.05)
    with deadlines.begin(late):
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)


async def test_each_work_has_its_own_time() -> None:
    deadlines = Deadlines(0.1)

    async def work(seconds: float) -> str:
        try:
            with deadlines.begin(late):
                await asyncio.sleep(seconds)
        except RequestTimedOut:
            return "ended"
        return "done"

    first = asyncio.create_task(work(60))
    await asyncio.sleep(0.05)
    rest = await asyncio.wait_for(asyncio.gather(first, work(60), work(0.01)), 5)
    assert list(rest) == ["ended", "ended", "done"]


async def test_the_inner_of_two_is_the_one_that_ends() -> None:
    outer, inner = Deadlines(30), Deadlines(0.02)
    with outer.begin(late):
        with pytest.raises(SubgraphUnavailable), inner.begin(lambda: SubgraphUnavailable("inner")):
            await asyncio.sleep(60)
        await asyncio.sleep(0)


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    deadlines = Deadlines(30)

    async def work() -> None:
        with deadlines.begin(late):
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_left_of_the_time_is_told() -> None:
    deadline = Deadlines(30).begin(late)
    with deadline:
        assert 29 < deadline.seconds_left <= 30
    assert deadline.seconds_left == 0


async def test_work_that_ends_otherwise_when_it_is_ended_leaves_no_cancellation_behind() -> None:
    deadlines = Deadlines(0.02)

    async def work() -> None:
        with deadlines.begin(late):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                raise ValueError("in its own words") from None

    task = asyncio.current_task()
    assert task is not None
    with pytest.raises(ValueError, match="its own words"):
        await work()
    assert task.cancelling() == 0
    with pytest.raises(RequestTimedOut), deadlines.begin(late):
        await asyncio.sleep(60)
