"""The unit of work: what happens after the one commit."""

from __future__ import annotations

from entrepot.shared.events import UnitOfWork
from tests.support.kernel import Kernel, note_effect


class TestUnitOfWork:
    async def test_wakes_after_the_commit_and_once_a_channel(self, kernel: Kernel) -> None:
        seen: list[list[str]] = []

        async def wake(channel: str) -> None:
            seen.append([channel, *await kernel.effects()])

        kernel.fan_out.wake = wake  # type: ignore[method-assign]  # the test listens in
        async with kernel.transactions.begin() as unit:
            await note_effect(unit, "made")
            for channel in ("x", "y", "x"):
                unit.wake(channel)
        assert seen == [["x", "made"], ["y", "made"]]

    async def test_a_failing_fan_out_does_not_undo_the_answer(self, kernel: Kernel) -> None:
        async def wake(_channel: str) -> None:
            raise OSError("down")

        kernel.fan_out.wake = wake  # type: ignore[method-assign]  # the fault
        async with kernel.transactions.begin() as unit:
            await note_effect(unit, "made")
            unit.wake("x")
        assert await kernel.effects() == ["made"]

    async def test_has_one_moment_and_makes_ids(self, kernel: Kernel) -> None:
        async with kernel.transactions.begin() as unit:
            assert isinstance(unit, UnitOfWork)
            assert unit.now == kernel.clock.now()
            assert unit.new_id("ord") < unit.new_id("ord")
