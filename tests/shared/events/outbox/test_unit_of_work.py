"""The unit of work: what happens after the one commit."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.shared.events import UnitOfWork
from entrepot.shared.events.contracts.carts import CartChanged
from entrepot.shared.events.outbox.unit_of_work import RevisionReused
from entrepot.shared.events.tables import OUTBOX
from tests.support.kernel import Kernel, note_effect


def changed(revision: int, **facts: Any) -> CartChanged:
    given = {"cart_id": "crt_1", "status": "ACTIVE", "owner_id": None, "channel": "x", "currency": "EUR", "lines": ()}
    return CartChanged(revision=revision, **{**given, **facts})


class TestUnitOfWork:
    async def test_wakes_after_the_commit_and_once_a_channel(self, kernel: Kernel) -> None:
        seen: list[list[str]] = []

        async def notify(channel: str) -> None:
            seen.append([channel, *await kernel.effects()])

        kernel.fan_out.notify = notify  # type: ignore[method-assign]  # the test listens in
        async with kernel.transactions.begin() as unit:
            await note_effect(unit, "made")
            for channel in ("x", "y", "x"):
                unit.notify(channel)
        assert seen == [["x", "made"], ["y", "made"]]

    async def test_a_failing_fan_out_does_not_undo_the_answer(self, kernel: Kernel) -> None:
        async def notify(_channel: str) -> None:
            raise OSError("down")

        kernel.fan_out.notify = notify  # type: ignore[method-assign]  # the fault
        async with kernel.transactions.begin() as unit:
            await note_effect(unit, "made")
            unit.notify("x")
        assert await kernel.effects() == ["made"]

    async def test_has_one_moment_and_makes_ids(self, kernel: Kernel) -> None:
        async with kernel.transactions.begin() as unit:
            assert isinstance(unit, UnitOfWork)
            assert unit.now == kernel.clock.now()
            assert unit.new_id("ord") < unit.new_id("ord")


class TestRevisions:
    async def test_one_revision_with_two_contents_is_refused_and_nothing_is_kept(self, kernel: Kernel) -> None:
        async def publish() -> None:
            async with kernel.transactions.begin() as unit:
                unit.publish(changed(1))
                await note_effect(unit, "made")
                unit.publish(changed(1, owner_id="usr_1"))

        with pytest.raises(RevisionReused, match=r"carts\.cart\.changed of crt_1 was published twice as revision 1"):
            await publish()
        assert await kernel.rows(OUTBOX) == []
        assert await kernel.effects() == []

    async def test_the_same_event_again_is_sent_once(self, kernel: Kernel) -> None:
        async with kernel.transactions.begin() as unit:
            unit.publish(changed(1), changed(1))
            unit.publish(changed(1))
        assert len(await kernel.rows(OUTBOX)) == 1

    async def test_other_revisions_and_other_aggregates_are_others(self, kernel: Kernel) -> None:
        async with kernel.transactions.begin() as unit:
            unit.publish(changed(1), changed(2, owner_id="usr_1"), changed(1, cart_id="crt_2", owner_id="usr_1"))
        assert len(await kernel.rows(OUTBOX)) == 3
