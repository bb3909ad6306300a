"""What is not deterministic, in one value."""

from __future__ import annotations

from entrepot.shared.clock import SystemClock
from entrepot.shared.environment import Environment
from entrepot.shared.randomness import SeededRandomness, SystemRandomness
from tests.support.clock import ManualClock


def test_the_same_seed_makes_the_same_ids() -> None:
    first, second = (Environment.of(ManualClock(), SeededRandomness(7)) for _ in range(2))
    assert [first.ids.new("ord") for _ in range(5)] == [second.ids.new("ord") for _ in range(5)]
    assert first.failpoint("anywhere") is None


async def test_the_machines_own() -> None:
    environment = Environment.system()
    assert isinstance(environment.clock, SystemClock)
    assert isinstance(environment.randomness, SystemRandomness)
    before = environment.clock.monotonic()
    await environment.clock.sleep(0.001)
    assert environment.clock.monotonic() >= before + 0.001
    assert environment.clock.now().utcoffset() is not None
