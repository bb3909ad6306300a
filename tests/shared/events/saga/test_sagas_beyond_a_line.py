"""Sagas whose steps repeat over data, run side by side, wait for people and branch on a reply."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from entrepot.shared.events import Event, UnitOfWork
from entrepot.shared.events.cause import Cause, bind_cause
from entrepot.shared.events.saga.declaration import Saga, Step
from entrepot.shared.events.saga.saga import (
    TIMED_OUT,
    advance_saga,
    fail_saga,
    find_overdue,
    resolve_overdue,
    start_saga,
)
from entrepot.shared.events.saga.state import IS_OPEN, SagaState, SagaStatus, TaskStatus
from entrepot.shared.events.saga.storage import find_saga
from tests.support.kernel import Kernel, note_effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Event):
    """A command or a reply about an item; a class for each is made below."""

    item: str
    reason: str = "REFUSED"
    receipt: str = ""

    @property
    def subject(self) -> str:
        return self.item


def kind(name: str) -> type[Note]:
    return type(name, (Note,), {"TYPE": f"kernel.{name}", "VERSION": 1, "SUBJECT": "item", "__slots__": ()})


KINDS = {
    f"{step}_{what}": kind(f"{step}_{what}")
    for step in ("pay", "ship", "approve", "pack", "close")
    for what in ("asked", "done", "failed", "undo", "undone", "waiting", "branch")
}


def items_of(name: str) -> Any:
    def read(state: SagaState) -> Sequence[str]:
        items: Sequence[str] = state.data.get(name, ())
        return items

    return read


def step(name: str, **more: Any) -> Step:
    return Step(
        name=name,
        command=lambda _unit, _state, item: KINDS[f"{name}_asked"](item=item),
        items=items_of(name),
        done=KINDS[f"{name}_done"],
        failed=(KINDS[f"{name}_failed"],),
        undo=lambda _unit, _state, item: KINDS[f"{name}_undo"](item=item),
        undone=KINDS[f"{name}_undone"],
        waits=(KINDS[f"{name}_waiting"],),
        timeout=60,
        **more,
    )


async def complete(unit: UnitOfWork[Any], _state: SagaState) -> None:
    await note_effect(unit, "completed")


async def fail(unit: UnitOfWork[Any], state: SagaState) -> None:
    await note_effect(unit, f"failed {state.reason}")


async def show(unit: UnitOfWork[Any], _state: SagaState, shown: str) -> None:
    await note_effect(unit, f"shows {shown}")


SALE = Saga(
    "sale",
    (
        (
            step("pay", keep=("receipt",), shows={KINDS["pay_done"]: "PAID", KINDS["pay_undone"]: "UNPAID"}),
            step("pack", shows={KINDS["pack_done"]: "PACKED"}),
        ),
        step("approve", branches={KINDS["approve_branch"]: "close"}),
        step("ship"),
        step("close"),
    ),
    complete,
    fail,
    show,
)
DATA = {"pay": ["p1", "p2"], "pack": ["k1"], "approve": ["a1"], "ship": ["s1", "s2", "s3"], "close": ["c1"]}


class Sale:
    """One saga, and what it sends."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.sent: list[str] = []
        self.correlations: list[str | None] = []

    async def run(self, act: Any) -> Any:
        async with self.kernel.transactions.begin() as unit:
            answer = await act(unit)
            for publication in unit.publications:
                self.sent.append(f"{type(publication.event).__name__} {publication.event.subject}")
                self.correlations.append(publication.cause.correlation)
            unit.publications.clear()
            return answer

    async def start(self, **data: Any) -> None:
        await self.run(lambda unit: start_saga(unit, SALE, "sale-1", data or DATA))

    async def reply(self, name: str, item: str, **facts: str) -> bool:
        with bind_cause(Cause(SALE.correlate("sale-1", name.partition("_")[0], item))):
            note = KINDS[name](item=item, **facts)
            return await self.run(lambda unit: advance_saga(unit, SALE, note)) is not None

    async def reply_all(self, name: str, *items: str) -> None:
        for item in items:
            assert await self.reply(name, item), (name, item)

    async def state(self) -> SagaState:
        state = await self.run(lambda unit: find_saga(unit, SALE, "sale-1"))
        assert state is not None
        return state

    async def pass_time(self, seconds: float) -> None:
        self.kernel.clock.advance(seconds)
        for key in await self.run(lambda unit: find_overdue(unit, SALE, 10)):
            await self.run(lambda unit, key=key: resolve_overdue(unit, SALE, key))

    def take(self) -> list[str]:
        taken, self.sent = self.sent, []
        return taken


@pytest.fixture
async def sale(kernel: Kernel) -> Sale:
    return Sale(kernel)


class TestItems:
    async def test_every_item_of_steps_that_are_side_by_side_is_asked_for_at_once(self, sale: Sale) -> None:
        await sale.start()
        assert sale.take() == ["pay_asked p1", "pay_asked p2", "pack_asked k1"]
        assert sale.correlations == [
            SALE.correlate("sale-1", *each) for each in (("pay", "p1"), ("pay", "p2"), ("pack", "k1"))
        ]
        await sale.reply_all("pay_done", "p2")
        await sale.reply_all("pack_done", "k1")
        assert (sale.take(), (await sale.state()).step) == ([], "pay")
        await sale.reply_all("pay_done", "p1")
        assert sale.take() == ["approve_asked a1"]

    async def test_what_is_kept_of_a_reply_is_kept_for_its_item(self, sale: Sale) -> None:
        await sale.start()
        await sale.reply("pay_done", "p1", receipt="r1")
        await sale.reply("pay_done", "p2", receipt="r2")
        state = await sale.state()
        assert [state.kept("pay", item) for item in ("p1", "p2", "p3")] == [{"receipt": "r1"}, {"receipt": "r2"}, {}]

    async def test_shows_when_all_items_have_replied(self, sale: Sale) -> None:
        await sale.start()
        await sale.reply("pay_done", "p1")
        assert await sale.kernel.effects() == []
        await sale.reply("pay_done", "p2")
        await sale.reply("pack_done", "k1")
        assert await sale.kernel.effects() == ["shows PAID", "shows PACKED"]

    async def test_a_step_without_items_is_passed_over(self, sale: Sale) -> None:
        await sale.start(close=["c1"])
        assert sale.take() == ["close_asked c1"]
        await sale.reply("close_done", "c1")
        assert await sale.kernel.effects() == ["completed"]

    async def test_a_saga_without_any_item_is_completed_at_once(self, sale: Sale) -> None:
        await sale.start(nothing=["x"])
        assert (await sale.state()).status is SagaStatus.COMPLETED
        assert await sale.kernel.effects() == ["completed"]


class TestUndoing:
    async def test_a_refusal_undoes_what_is_beside_it_and_may_have_taken_effect(self, sale: Sale) -> None:
        await sale.start()
        await sale.reply("pay_done", "p1")
        sale.take()
        await sale.reply("pay_failed", "p2", reason="CARD_DECLINED")
        assert sale.take() == ["pay_undo p1", "pack_undo k1"]
        assert not await sale.reply("pack_done", "k1"), "it comes too late"
        await sale.reply_all("pay_undone", "p1")
        assert (await sale.state()).status is SagaStatus.COMPENSATING
        await sale.reply_all("pack_undone", "k1")
        assert (await sale.state()).status is SagaStatus.FAILED
        assert await sale.kernel.effects() == ["shows UNPAID", "failed CARD_DECLINED"]

    async def test_a_refused_parcel_undoes_all_parcels_and_then_the_payments(self, sale: Sale) -> None:
        await sale.start()
        await sale.reply_all("pay_done", "p1", "p2")
        await sale.reply_all("pack_done", "k1")
        await sale.reply_all("approve_done", "a1")
        sale.take()
        await sale.reply_all("ship_done", "s1")
        await sale.reply("ship_failed", "s2", reason="NO_CARRIER")
        assert sale.take() == ["ship_undo s1", "ship_undo s3"]
        await sale.reply_all("ship_undone", "s3", "s1")
        assert sale.take() == ["approve_undo a1"]
        await sale.reply_all("approve_undone", "a1")
        assert sale.take() == ["pay_undo p1", "pay_undo p2", "pack_undo k1"]
        await sale.reply_all("pay_undone", "p1", "p2")
        await sale.reply_all("pack_undone", "k1")
        assert (await sale.state()).reason == "NO_CARRIER"

    async def test_only_what_is_overdue_is_requested_again(self, sale: Sale) -> None:
        await sale.start()
        await sale.run(lambda unit: fail_saga(unit, SALE, "sale-1", "REQUESTED"))
        sale.take()
        await sale.reply_all("pay_undone", "p1")
        await sale.pass_time(31)
        assert sale.take() == ["pay_undo p2", "pack_undo k1"]
        assert (await sale.state()).attempts == 1


class TestPeople:
    async def test_an_item_that_waits_for_people_has_no_deadline(self, sale: Sale) -> None:
        await sale.start(approve=["a1"])
        assert await sale.reply("approve_waiting", "a1")
        assert (await sale.state()).deadline is None
        await sale.pass_time(10_000_000)
        assert (await sale.state()).status is SagaStatus.RUNNING
        await sale.reply_all("approve_done", "a1")
        assert (await sale.state()).status is SagaStatus.COMPLETED

    async def test_the_others_beside_it_still_have_theirs(self, sale: Sale) -> None:
        await sale.start()
        await sale.reply_all("pay_waiting", "p1")
        sale.take()
        await sale.pass_time(61)
        assert sale.take() == ["pay_undo p1", "pay_undo p2", "pack_undo k1"]
        assert (await sale.state()).reason == TIMED_OUT

    async def test_one_that_waits_can_be_refused_and_given_up(self, sale: Sale) -> None:
        await sale.start(approve=["a1", "a2"])
        await sale.reply_all("approve_waiting", "a1", "a2")
        await sale.reply("approve_failed", "a2", reason="REJECTED")
        assert (await sale.state()).status is SagaStatus.COMPENSATING
        assert (await sale.state()).find_task("approve", "a2").status is TaskStatus.FAILED  # type: ignore[union-attr]


class TestBranches:
    async def test_a_reply_leads_to_another_step(self, sale: Sale) -> None:
        await sale.start()
        await sale.reply_all("pay_done", "p1", "p2")
        await sale.reply_all("pack_done", "k1")
        sale.take()
        await sale.reply_all("approve_branch", "a1")
        assert sale.take() == ["close_asked c1"]
        # What was passed over was never done, and is not undone.
        await sale.reply("close_failed", "c1")
        assert sale.take() == ["approve_undo a1"]


@pytest.mark.parametrize("seed", range(40))
async def test_ends_whole_or_undone_whatever_comes_in_whatever_order(sale: Sale, seed: int) -> None:
    """A receiver per item, which does and undoes; replies come late, twice, refused, or never."""
    chance = random.Random(seed)
    await sale.start()
    effects: dict[str, bool] = {}
    inbox: list[tuple[str, str]] = []
    for _ in range(400):
        for message in sale.take():
            name, item = message.split()
            step_name, what = name.split("_")
            if what == "undo":
                effects[f"{step_name} {item}"] = False
                inbox.append((f"{step_name}_undone", item))
            else:
                outcome = chance.choices(["done", "failed", "waiting", "silence"], [12, 1, 2, 1])[0]
                effects[f"{step_name} {item}"] = outcome in ("done", "silence", "waiting")
                inbox += [(f"{step_name}_{outcome}", item)] if outcome != "silence" else []
                inbox += [(f"{step_name}_done", item)] if outcome == "waiting" else []
        state = await sale.state()
        if state.status in (SagaStatus.COMPLETED, SagaStatus.FAILED):
            break
        if inbox and chance.random() < 0.9:
            reply = inbox.pop(chance.randrange(len(inbox)) if chance.random() < 0.5 else 0)
            await sale.reply(*reply)
            if chance.random() < 0.1:
                inbox.append(reply)
        else:
            await sale.pass_time(chance.choice([5, 31, 61]))
            if chance.random() < 0.05:
                await sale.run(lambda unit: fail_saga(unit, SALE, "sale-1", "REQUESTED"))
    state = await sale.state()
    ends = [effect for effect in await sale.kernel.effects() if not effect.startswith("shows")]
    assert state.deadline is None
    assert not any(task.status in IS_OPEN for task in state.tasks)
    if state.status is SagaStatus.COMPLETED:
        assert (ends, set(effects.values())) == (["completed"], {True})
    else:
        assert state.status is SagaStatus.FAILED
        assert ends == [f"failed {state.reason}"]
        assert not any(effects.values()), "everything that took effect is undone"
