"""Work done together: each gets its own answer, and no one's end is another's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from entrepot.shared.events.outbox.group_commit import GroupCommit


class Squares:
    """Squares numbers, group by group; refuses negative ones, and stops where it is told to."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()

    async def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        self.groups.append(list(items))
        self.entered.set()
        await self.gate.wait()
        return [item * item if item >= 0 else ValueError(str(item)) for item in items]


async def test_what_comes_at_the_same_time_is_one_group_up_to_the_limit() -> None:
    squares = Squares()
    grouping = GroupCommit(squares, 4)
    assert await asyncio.gather(*(grouping.submit(number) for number in range(10))) == [n * n for n in range(10)]
    assert squares.groups == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert await grouping.submit(12) == 144


async def test_what_comes_meanwhile_is_the_next_group() -> None:
    squares = Squares()
    squares.gate.clear()
    grouping = GroupCommit(squares, 100)
    first = asyncio.create_task(grouping.submit(1))
    await squares.entered.wait()
    others = [asyncio.create_task(grouping.submit(number)) for number in (2, 3)]
    await asyncio.wait(others, timeout=0.01)
    squares.gate.set()
    assert await asyncio.gather(first, *others) == [1, 4, 9]
    assert squares.groups == [[1], [2, 3]]


async def test_an_error_is_for_the_one_it_is_about() -> None:
    grouping = GroupCommit(Squares(), 10)
    answers = await asyncio.gather(*(grouping.submit(n) for n in (1, -2, 3)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["1", "-2", "9"]


async def test_work_that_fails_fails_for_all_and_goes_on_with_the_next() -> None:
    async def fail_once(items: Sequence[int]) -> Sequence[int | Exception]:
        if 1 in items:
            raise OSError("disk")
        return items

    grouping = GroupCommit(fail_once, 2)
    answers = await asyncio.gather(*(grouping.submit(n) for n in (1, 2, 3)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["disk", "disk", "3"]


@pytest.mark.parametrize("victim", [0, 1, 2])
@pytest.mark.parametrize("moment", ["before", "within"])
async def test_who_is_cancelled_holds_up_nobody(victim: int, moment: str) -> None:
    squares = Squares()
    squares.gate.clear()
    grouping = GroupCommit(squares, 10)
    asking = [asyncio.create_task(grouping.submit(number)) for number in range(3)]
    if moment == "within":
        await squares.entered.wait()
    asking[victim].cancel()
    squares.gate.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    for number, answer in enumerate(answers):
        assert isinstance(answer, asyncio.CancelledError) if number == victim else answer == number * number
    assert await grouping.submit(5) == 25


async def test_all_cancelled_leave_it_usable() -> None:
    squares = Squares()
    squares.gate.clear()
    grouping = GroupCommit(squares, 10)
    asking = [asyncio.create_task(grouping.submit(number)) for number in range(3)]
    await squares.entered.wait()
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    squares.gate.set()
    assert await grouping.submit(5) == 25
    assert asyncio.all_tasks() == {asyncio.current_task()}
