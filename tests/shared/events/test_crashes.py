"""A process that dies at any point and is started again loses nothing and does nothing twice."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from entrepot.shared.events import Consumer, MemoryBus, Relay, UnitOfWork
from entrepot.shared.events.outbox.relay import RelayRules
from entrepot.shared.events.tables import INBOX, OUTBOX
from tests.support.kernel import (
    Functions,
    Kernel,
    LeapingClock,
    ThingChanged,
    ThingRenamedV2,
    handlers_of,
    note_effect,
    open_kernel,
)

REQUESTS = 3


class ProcessDied(BaseException):
    """What nothing in the process can catch."""


class Life:
    """Counts the points that are passed, and ends the process at one of them."""

    def __init__(self, ends_at: int | None = None) -> None:
        self.ends_at = ends_at
        self.passed: list[str] = []

    def failpoint(self, point: str) -> None:
        self.passed.append(point)
        if len(self.passed) == self.ends_at:
            raise ProcessDied(point)


async def rename(unit: UnitOfWork[Any], event: ThingChanged) -> None:
    """The receiver's effect, which announces something in its turn."""
    await note_effect(unit, f"{event.thing_id} {event.number}")
    unit.publish(ThingRenamedV2(thing_id=event.thing_id, first="number", last=str(event.number)))


async def confirm(unit: UnitOfWork[Any], event: ThingRenamedV2) -> None:
    await note_effect(unit, f"{event.thing_id} {event.last} confirmed")


async def live(folder: Path, clock: LeapingClock, life: Life) -> tuple[list[str], list[str]]:
    """One life of a process of two domains: it asks for what is still to be asked for, and sends all there is."""
    async with AsyncExitStack() as stack:
        sender = await stack.enter_async_context(open_kernel(folder, clock, name="sender", failpoint=life.failpoint))
        receiver = await stack.enter_async_context(
            open_kernel(folder, clock, name="receiver", failpoint=life.failpoint, seed=len(life.passed) + 2)
        )
        bus = MemoryBus()
        await join(sender, bus, {ThingRenamedV2: (confirm,)})
        await join(receiver, bus, {ThingChanged: (rename,)})
        # Whoever restarts waits until the leases of the dead have run out; ids are made by another seed.
        clock.advance(300)
        done = len([effect for effect in await sender.effects() if effect.startswith("asked")])
        for number in range(done, REQUESTS):
            async with sender.transactions.begin() as unit:
                await note_effect(unit, f"asked {number}")
                unit.publish(ThingChanged(thing_id=f"thing {number % 2}", number=number))
        # One aggregate at a time: what sends another would outlive the death of the first.
        rules = RelayRules(aggregates=1)
        relays = [
            Relay(name, kernel.database, bus, kernel.environment, rules)
            for name, kernel in (("sender", sender), ("receiver", receiver))
        ]
        while any([await relay.send_due() for relay in relays]):
            pass
        assert all(row.delivered_at for row in [*await sender.rows(OUTBOX), *await receiver.rows(OUTBOX)])
        assert len(await receiver.rows(INBOX)) == REQUESTS
        return await sender.effects(), await receiver.effects()


async def join(kernel: Kernel, bus: MemoryBus, handlers: Functions) -> None:
    await Consumer(handlers_of(handlers), kernel.transactions).start(bus)


def check(sender: list[str], receiver: list[str]) -> None:
    assert sorted(sender) == sorted(
        [f"asked {number}" for number in range(REQUESTS)]
        + [f"thing {number % 2} {number} confirmed" for number in range(REQUESTS)]
    )
    assert sorted(receiver) == sorted(f"thing {number % 2} {number}" for number in range(REQUESTS))
    for thing in ("thing 0", "thing 1"):
        order = [effect for effect in receiver if effect.startswith(thing)]
        assert order == sorted(order)


async def test_every_point_of_death(tmp_path: Path) -> None:
    whole = Life()
    (tmp_path / "whole").mkdir()
    check(*await live(tmp_path / "whole", LeapingClock(), whole))
    kinds = {point.split(":", 1)[1].rsplit(":", 1)[0] for point in whole.passed}
    assert kinds == {"commit:before", "commit:after", "publish:before", "publish:after"}
    for ends_at in range(1, len(whole.passed) + 1):
        folder = tmp_path / str(ends_at)
        folder.mkdir()
        clock = LeapingClock()
        with pytest.raises(ProcessDied):
            await live(folder, clock, Life(ends_at))
        check(*await live(folder, clock, Life()))


@pytest.mark.parametrize("pace", [2, 3, 5, 7])
async def test_dying_again_and_again(tmp_path: Path, pace: int) -> None:
    clock = LeapingClock()
    deaths = 0
    while True:
        try:
            outcome = await live(tmp_path, clock, Life(pace + deaths // 4))
        except ProcessDied:
            deaths += 1
            assert deaths < 500
        else:
            break
    assert deaths > 2
    check(*outcome)
