"""What is not deterministic, in one value."""

from __future__ import annotations

from entrepot.shared.clock import SystemClock
from entrepot.shared.randomness import SeededRandomness, SystemRandomness
from entrepot.shared.seams import Seams
from tests.support.clock import ManualClock


def test_the_same_seed_makes_the_same_ids() -> None:
    first, second = (Seams.of(ManualClock(), SeededRandomness(7)) for _ in range(2))
    assert [first.ids.new("ord") for _ in range(5)] == [second.ids.new("ord") for _ in range(5)]
    assert first.checkpoint("anywhere") is None


async def test_the_machines_own() -> None:
    seams = Seams.system()
    assert isinstance(seams.clock, SystemClock)
    assert isinstance(seams.randomness, SystemRandomness)
    before = seams.clock.monotonic()
    await seams.clock.sleep(0.001)
    assert seams.clock.monotonic() >= before + 0.001
    assert seams.clock.now().utcoffset() is not None
