"""Chance as a seam."""

from __future__ import annotations

import pytest

from entrepot.shared.randomness import Randomness, SeededRandomness, SystemRandomness


@pytest.mark.parametrize("randomness", [SystemRandomness(), SeededRandomness(1)])
def test_sizes_and_bounds(randomness: Randomness) -> None:
    assert [len(randomness.token_bytes(size)) for size in (0, 1, 32)] == [0, 1, 32]
    assert len({randomness.token_bytes(16) for _ in range(100)}) == 100
    assert all(2 <= randomness.uniform(2, 3) <= 3 for _ in range(100))


def test_seeded_repeats_itself_and_system_does_not() -> None:
    assert SeededRandomness(1).token_bytes(16) == SeededRandomness(1).token_bytes(16)
    assert SeededRandomness(1).token_bytes(16) != SeededRandomness(2).token_bytes(16)
    assert SystemRandomness().token_bytes(16) != SystemRandomness().token_bytes(16)
