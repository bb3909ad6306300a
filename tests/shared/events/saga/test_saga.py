"""Sagas: whatever the others answer, and in whatever order, the work is done whole or undone whole."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from entrepot.shared.db import ConcurrentChange
from entrepot.shared.events import Event, UnitOfWork
from entrepot.shared.events.cause import Cause, bind_cause
from entrepot.shared.events.event import read_envelope
from entrepot.shared.events.saga.declaration import Saga, Step
from entrepot.shared.events.saga.saga import (
    TIMED_OUT,
    advance_saga,
    fail_saga,
    find_overdue,
    resolve_overdue,
    start_saga,
)
from entrepot.shared.events.saga.state import SagaState, SagaStatus
from entrepot.shared.events.saga.storage import find_saga
from entrepot.shared.events.tables import OUTBOX
from entrepot.shared.telemetry import bind_trace, current_trace, read_trace
from tests.support.kernel import Kernel, LeapingClock, note_effect, open_kernel

STEPS = ("reserve", "authorize", "book", "commit")
WITHOUT_COMPENSATION = ("book", "commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Event):
    """Every command and reply of these sagas; a class for each is made below."""

    job_id: str
    reason: str = "REFUSED"
    receipt: str = "r"

    @property
    def subject(self) -> str:
        return self.job_id


def kind(name: str) -> type[Told]:
    return type(name, (Told,), {"TYPE": f"kernel.{name}", "VERSION": 1, "SUBJECT": "job_id", "__slots__": ()})


KINDS = {
    f"{step}_{what}": kind(f"{step}_{what}") for step in STEPS for what in ("asked", "done", "failed", "undo", "undone")
}


def told(name: str, **facts: str) -> Told:
    return KINDS[name](job_id="job", **facts)


def build_step(name: str) -> Step:
    can_be_undone = name not in WITHOUT_COMPENSATION
    return Step(
        name=name,
        command=lambda _unit, _state, _item: told(f"{name}_asked"),
        done=KINDS[f"{name}_done"],
        failed=(KINDS[f"{name}_failed"],),
        undo=(lambda _unit, _state, _item: told(f"{name}_undo")) if can_be_undone else None,
        undone=KINDS[f"{name}_undone"] if can_be_undone else None,
        timeout=60,
        keep=("receipt",) if name == "authorize" else (),
    )


async def complete(unit: UnitOfWork[Any], _state: SagaState) -> None:
    await note_effect(unit, "completed")


async def fail(unit: UnitOfWork[Any], state: SagaState) -> None:
    await note_effect(unit, f"failed {state.reason}")


JOB = Saga("job", tuple(build_step(name) for name in STEPS), complete, fail)


class Work:
    """One saga, and what it announced."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.published: list[str] = []

    async def run(self, act: Any) -> Any:
        async with self.kernel.transactions.begin() as unit:
            answer = await act(unit)
            self.published += [type(event).__name__ for event in unit.events]
            # They are looked at here and go nowhere.
            unit.publications.clear()
            return answer

    async def start(self) -> None:
        await self.run(lambda unit: start_saga(unit, JOB, "job", {"amount": 5}))

    async def hear(self, name: str, **facts: str) -> bool:
        """The reply of that name, with the correlation of the command that it answers."""
        with bind_cause(Cause(JOB.correlate("job", name.partition("_")[0], "job"))):
            return bool(await self.run(lambda unit: advance_saga(unit, JOB, told(name, **facts))))

    async def time_out(self) -> None:
        """Let the deadline pass, and the job of the process look."""
        self.kernel.clock.advance(61)
        for key in await self.run(lambda unit: find_overdue(unit, JOB, 10)):
            await self.run(lambda unit, key=key: resolve_overdue(unit, JOB, key))

    async def state(self) -> SagaState:
        found = await self.run(lambda unit: find_saga(unit, JOB, "job"))
        assert found is not None
        return found


@pytest.fixture
async def work(kernel: Kernel) -> Work:
    made = Work(kernel)
    await made.start()
    return made


class TestForward:
    async def test_step_by_step_to_the_end(self, work: Work) -> None:
        for step in STEPS:
            assert await work.hear(f"{step}_done", receipt="r1")
        assert work.published == [f"{step}_asked" for step in STEPS]
        state = await work.state()
        assert (state.status, state.deadline, dict(state.data)) == (
            SagaStatus.COMPLETED,
            None,
            {"amount": 5, "kept": {"authorize/job": {"receipt": "r1"}}},
        )
        assert state.kept("authorize") == {"receipt": "r1"}
        assert await work.kernel.effects() == ["completed"]

    async def test_replies_that_are_not_waited_for_change_nothing(self, work: Work) -> None:
        before = await work.state()
        for name in ("authorize_done", "commit_failed", "reserve_undone", "reserve_asked"):
            assert not await work.hear(name)
        assert await work.state() == before
        done = told("reserve_done")
        for correlation in (None, "job", "job/other/reserve/job", "other/job/reserve/job", "job/job/book/job"):
            with bind_cause(Cause(correlation)):
                assert not await work.run(lambda unit: advance_saga(unit, JOB, done)), correlation
        assert await work.state() == before

    async def test_is_started_once(self, work: Work) -> None:
        with pytest.raises(IntegrityError):
            await work.start()


class TestBackward:
    async def test_a_refusal_undoes_what_was_done_before_it_last_first(self, work: Work) -> None:
        for step in STEPS[:3]:
            await work.hear(f"{step}_done")
        await work.hear("commit_failed", reason="OUT_OF_STOCK")
        await work.hear("authorize_undone")
        await work.hear("reserve_undone")
        assert work.published[4:] == ["authorize_undo", "reserve_undo"]
        state = await work.state()
        assert (state.status, state.reason, state.deadline) == (SagaStatus.FAILED, "OUT_OF_STOCK", None)
        assert await work.kernel.effects() == ["failed OUT_OF_STOCK"]

    async def test_the_first_step_refused_leaves_nothing_to_undo(self, work: Work) -> None:
        await work.hear("reserve_failed")
        assert (await work.state()).status is SagaStatus.FAILED
        assert work.published == ["reserve_asked"]

    async def test_a_step_that_times_out_is_undone_too(self, work: Work) -> None:
        await work.hear("reserve_done")
        await work.time_out()
        assert work.published[2:] == ["authorize_undo"]
        # Its reply comes after all: too late, and the compensation is already behind it.
        assert not await work.hear("authorize_done")
        await work.hear("authorize_undone")
        await work.hear("reserve_undone")
        assert (await work.state()).reason == TIMED_OUT
        assert (await work.state()).status is SagaStatus.FAILED

    async def test_a_compensation_is_asked_for_until_it_is_answered(self, work: Work) -> None:
        await work.time_out()
        for _ in range(5):
            await work.time_out()
        assert work.published == ["reserve_asked", *["reserve_undo"] * 6]
        assert (await work.state()).attempts == 5
        await work.hear("reserve_undone")
        assert (await work.state()).status is SagaStatus.FAILED
        assert not await work.hear("reserve_undone")

    async def test_is_given_up_from_outside_while_it_runs_and_not_later(self, work: Work) -> None:
        async def give_up() -> bool:
            return bool(await work.run(lambda unit: fail_saga(unit, JOB, "job", "REQUESTED")))

        assert await give_up()
        assert not await give_up()
        assert work.published == ["reserve_asked", "reserve_undo"]
        await work.hear("reserve_undone")
        assert not await give_up()
        assert await work.kernel.effects() == ["failed REQUESTED"]
        assert not await work.run(lambda unit: fail_saga(unit, JOB, "no such", "REQUESTED"))

    async def test_a_reason_that_is_too_long_is_cut(self, work: Work) -> None:
        await work.hear("reserve_failed", reason="x" * 1000)
        assert (await work.state()).reason == "x" * 255
        assert await work.kernel.effects() == ["failed " + "x" * 255]


class TestOverdue:
    async def test_a_saga_that_moved_on_since_it_was_found_is_left_alone(self, work: Work) -> None:
        work.kernel.clock.advance(61)
        overdue = await work.run(lambda unit: find_overdue(unit, JOB, 10))
        assert overdue == ["job"]
        await work.hear("reserve_done")
        await work.run(lambda unit: resolve_overdue(unit, JOB, "job"))
        state = await work.state()
        assert (state.status, state.step) == (SagaStatus.RUNNING, "authorize")
        await work.run(lambda unit: resolve_overdue(unit, JOB, "no such"))

    async def test_resolving_twice_at_once_is_resolving_once(self, work: Work) -> None:
        work.kernel.clock.advance(61)
        resolving = [work.run(lambda unit: resolve_overdue(unit, JOB, "job")) for _ in range(3)]
        outcomes = await asyncio.gather(*resolving, return_exceptions=True)
        # Where writers do not take turns, who comes second is told so, and rolls back.
        assert all(outcome is None or isinstance(outcome, ConcurrentChange) for outcome in outcomes)
        assert work.published == ["reserve_asked", "reserve_undo"]


class TestDeclaration:
    def test_a_compensation_without_a_reply_would_never_end(self) -> None:
        with pytest.raises(ValueError, match="neither"):
            Step(
                name="x",
                command=lambda _u, _s, _i: told("book_asked"),
                done=KINDS["book_done"],
                undo=lambda _u, _s, _i: told("book_undo"),
            )

    def test_names_of_steps_are_unique(self) -> None:
        with pytest.raises(ValueError, match="must be unique"):
            Saga("job", (build_step("reserve"), (build_step("book"), build_step("reserve"))), complete, fail)

    def test_a_branch_leads_to_a_step_of_its_own(self) -> None:
        branching = replace(build_step("reserve"), branches={KINDS["book_done"]: "commit"})
        for others in ((build_step("book"),), ((build_step("book"), build_step("commit")),)):
            with pytest.raises(ValueError, match="branches to 'commit'"):
                Saga("job", (branching, *others), complete, fail)

    def test_lists_every_reply(self) -> None:
        assert {reply.__name__ for reply in JOB.replies} == {
            *(f"{step}_{what}" for step in STEPS for what in ("done", "failed")),
            "reserve_undone",
            "authorize_undone",
        }


REPLIES = [f"{step}_{what}" for step in STEPS for what in ("done", "failed", "undone")]


class TestAnyOrder:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.lists(st.sampled_from([*REPLIES, "time", "give up", "proper", "proper", "proper"]), max_size=25))
    async def test_ends_whole_or_undone_and_never_both(self, happenings: list[str]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with open_kernel(Path(folder), LeapingClock()) as kernel:
                work = Work(kernel)
                await work.start()
                for happening in happenings:
                    await self.happen(work, happening)
                for _ in range(20):
                    await self.happen(work, "proper")
                await self.check(work)

    async def happen(self, work: Work, happening: str) -> None:
        if happening == "time":
            await work.time_out()
        elif happening == "give up":
            await work.run(lambda unit: fail_saga(unit, JOB, "job", "REQUESTED"))
        elif happening == "proper":
            await self.answer_properly(work)
        else:
            await work.hear(happening)

    async def answer_properly(self, work: Work) -> None:
        """As the other domain would in the end: what is waited for is answered."""
        state = await work.state()
        if state.status is SagaStatus.RUNNING:
            assert await work.hear(f"{state.step}_done")
        elif state.status is SagaStatus.COMPENSATING:
            assert await work.hear(f"{state.step}_undone")

    async def check(self, work: Work) -> None:
        state = await work.state()
        effects = await work.kernel.effects()
        asked = [name.removesuffix("_asked") for name in work.published if name.endswith("_asked")]
        undone = Counter(name.removesuffix("_undo") for name in work.published if name.endswith("_undo"))
        # Each step was asked for once and in order, whatever was repeated.
        assert asked == list(STEPS[: len(asked)])
        assert state.deadline is None
        if state.status is SagaStatus.COMPLETED:
            assert effects == ["completed"]
            assert (asked, undone) == (list(STEPS), Counter())
        else:
            assert state.status is SagaStatus.FAILED
            assert effects == [f"failed {state.reason}"]
            entered = [step for step in asked if step not in WITHOUT_COMPENSATION]
            # The step that refused has had no effect; every other one that can be undone was.
            assert set(undone) in ({*entered}, {*entered[:-1]})
            assert (set(undone) == {*entered}) or asked[-1] == entered[-1]


async def test_what_a_job_sends_belongs_to_the_trace_the_saga_began_in(kernel: Kernel) -> None:
    begun = read_trace(None, f"00-{'a' * 32}-{'b' * 16}-01", kernel.environment.randomness)
    with bind_trace(begun):
        async with kernel.transactions.begin() as unit:
            await start_saga(unit, JOB, "job", {"amount": 5})
    kernel.clock.advance(61)
    async with kernel.transactions.begin() as unit:
        await resolve_overdue(unit, JOB, "job")
    sent = [read_envelope(row.envelope.encode()) for row in await kernel.rows(OUTBOX)]
    assert [(envelope.traceparent or "")[3:35] for envelope in sent] == ["a" * 32] * 2
    assert current_trace() is None
