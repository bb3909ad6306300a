"""The supervisor: what ends without being stopped runs again, and nothing is left behind when it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from entrepot.shared.backoff import Backoff
from entrepot.shared.environment import Environment
from entrepot.shared.randomness import SeededRandomness
from entrepot.shared.supervision import Supervisor
from tests.support.clock import ManualClock
from tests.support.killing import ProcessKilled


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def supervisor(clock: ManualClock) -> AsyncIterator[Supervisor]:
    made = Supervisor("tests", Environment.of(clock, SeededRandomness(1)), Backoff(base=1.0, limit=4.0))
    yield made
    await made.stop()


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class Work:
    """Notes each start, then does what it is told: hang, return or raise."""

    def __init__(self, *ends: BaseException | None) -> None:
        self.ends = list(ends)
        self.starts = 0
        self.task: asyncio.Task[object] | None = None

    async def __call__(self) -> None:
        self.starts += 1
        self.task = asyncio.current_task()
        if not self.ends:
            await asyncio.Event().wait()
        if (end := self.ends.pop(0)) is not None:
            raise end


async def test_runs_again_after_it_raised_returned_or_was_cancelled(supervisor: Supervisor, clock: ManualClock) -> None:
    work = Work(ValueError("bad"), None)
    supervisor.start("work", work)
    await settle()
    assert (work.starts, supervisor.is_working, supervisor.idle) == (1, False, ["work"])
    clock.advance(1)
    await settle()
    assert (work.starts, supervisor.is_working) == (2, False)
    clock.advance(2)
    await settle()
    assert (work.starts, supervisor.is_working) == (3, True)
    assert work.task is not None
    work.task.cancel()
    await settle()
    assert not supervisor.is_working
    clock.advance(4)
    await settle()
    assert (work.starts, supervisor.is_working) == (4, True)
    assert supervisor.restarts == {"work": 3}


async def test_the_pause_grows_and_starts_over_after_a_sound_run(supervisor: Supervisor, clock: ManualClock) -> None:
    work = Work(*(OSError("down") for _ in range(4)))
    supervisor.start("work", work)
    for nominal in (1, 2, 4, 4):
        await settle()
        started = work.starts
        clock.advance(nominal / 2 - 0.01)
        await settle()
        assert work.starts == started
        clock.advance(nominal / 2 + 0.01)
        await settle()
        assert work.starts == started + 1
    clock.advance(60)
    assert work.task is not None
    work.task.cancel()
    await settle()
    clock.advance(1)
    await settle()
    assert work.starts == 6


async def test_other_tasks_go_on(supervisor: Supervisor) -> None:
    failing, sound = Work(OSError("down")), Work()
    supervisor.start("failing", failing)
    supervisor.start("sound", sound)
    await settle()
    assert supervisor.idle == ["failing"]
    assert sound.starts == 1


async def test_stopping_leaves_nothing_behind(clock: ManualClock) -> None:
    before = asyncio.all_tasks()
    supervisor = Supervisor("tests", Environment.of(clock, SeededRandomness(1)))
    works = [Work(), Work(OSError("down")), Work()]
    for number, work in enumerate(works):
        supervisor.start(str(number), work)
    await settle()
    supervisor.start("just now", Work())
    await supervisor.stop()
    assert asyncio.all_tasks() == before
    assert not supervisor.is_started
    await supervisor.stop()


async def test_one_task_can_be_stopped(supervisor: Supervisor) -> None:
    stays, ends = Work(), Work()
    supervisor.start("stays", stays)
    supervisor.start("ends", ends)
    await settle()
    await supervisor.stop("ends")
    assert ends.task is not None
    assert ends.task.cancelled()
    assert supervisor.is_working
    await supervisor.stop("unknown")
    with pytest.raises(ValueError, match="tests:stays was started before"):
        supervisor.start("stays", stays)


async def test_a_swallowed_cancellation_is_repeated(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrepot.shared.supervision._CANCEL_AGAIN_SECONDS", 0.01)
    swallowed = 0

    async def swallow() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if swallowed == 2:
                    raise
                swallowed += 1

    supervisor.start("swallows", swallow)
    await settle()
    await asyncio.wait_for(supervisor.stop(), 10)
    assert swallowed == 2


async def test_a_killed_process_starts_nothing_again(supervisor: Supervisor, clock: ManualClock) -> None:
    work = Work(ProcessKilled("here"))
    supervisor.start("work", work)
    await settle()
    clock.advance(60)
    await settle()
    assert (work.starts, supervisor.is_working) == (1, False)


async def test_what_runs_once_is_waited_for_and_its_failure_is_no_ones(supervisor: Supervisor) -> None:
    released, ended = asyncio.Event(), asyncio.Event()

    async def brief() -> None:
        await released.wait()
        ended.set()
        raise OSError("down")

    supervisor.run_once("brief", brief())
    await settle()
    stopping = asyncio.create_task(supervisor.stop())
    await settle()
    assert not stopping.done()
    released.set()
    await stopping
    assert ended.is_set()
