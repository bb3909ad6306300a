"""Faults planted in planner and executor: the differential test finds each, so that it can fail."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pytest

from entrepot.router.graph import build_graph
from tests.support.differential.campaign import find_differences
from tests.support.differential.federation import Federation
from tests.support.differential.planted_faults import PLANTED_FAULTS, PlantedFault
from tests.support.differential.random_split import build_split

_SEEDS = range(10)
_COUNT = 40
_IN_EVERY_RUN = (
    "requirements are not sent",
    "entities are placed in reverse",
    "external keys are asked",
    "objects of narrowed types vanish",
)


@cache
def _federation(seed: int) -> Federation:
    return Federation(build_split(seed))


async def _is_found(seeds: Iterable[int]) -> int | None:
    """After how many operations the first difference came."""

    def planted() -> Iterable[Federation]:
        for seed in seeds:
            federation = _federation(seed)
            # The graph keeps what planning found out, and some faults lie in how it is built.
            federation.graph = build_graph(federation.supergraph)
            yield federation

    count = 0
    async for difference in find_differences(planted(), _COUNT):
        count += 1
        if difference is not None:
            return count
    return None


@pytest.mark.parametrize("fault", [item for item in PLANTED_FAULTS if item.name in _IN_EVERY_RUN], ids=str)
async def test_fault_is_found(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    fault.plant(monkeypatch)
    assert await _is_found(range(2)) is not None


@pytest.mark.long
@pytest.mark.parametrize("fault", [item for item in PLANTED_FAULTS if item.name not in _IN_EVERY_RUN], ids=str)
async def test_every_fault_is_found(fault: PlantedFault, monkeypatch: pytest.MonkeyPatch) -> None:
    fault.plant(monkeypatch)
    count = await _is_found(_SEEDS)
    assert count is not None


async def test_nothing_is_found_without_a_fault() -> None:
    assert await _is_found(range(1)) is None
