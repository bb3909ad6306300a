"""The benchmark of the shop, run shortly with our side alone: every answer is right, and the figures are complete."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.shop.cases import CASES, READS, SCARCE
from benchmarks.shop.contestants import Ours
from benchmarks.shop.database import open_server
from benchmarks.shop.goods import build_goods
from benchmarks.shop.inprocess import measure as measure_in_process
from benchmarks.shop.measure import Effort, Measurement, measure_floors
from tests.support.servers import postgres_url
from tests.support.single import temporary_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as found:
        yield found


async def test_our_shop_is_measured_on_postgresql(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_TEST_POSTGRES", postgres_url())
    effort = Effort(CASES, seconds=0.2, connections=2, buyers=12)
    async with open_server(folder / "unused", 0) as server:
        ours = Ours(server, folder, build_goods(listed=30, bought=2))
        try:
            await ours.stock()
            measurement = Measurement(ours, server, effort)
            samples = {case: sample async for case, sample in measurement.run_round()}
            scarce = await measurement.sell_scarce()
            floors = await measure_floors(ours, effort)
        finally:
            await ours.drop()
    assert list(samples) == [case for case in CASES if case != SCARCE]
    for case, sample in samples.items():
        assert sample.operations >= effort.connections, case
        assert min(sample.rate, sample.p50, sample.requests, sample.resident) > 0, case
    assert (scarce.buyers, scarce.sold, scarce.failed) == (12, 10, 0)
    assert set(floors) == set(READS)


async def test_reads_in_process_are_measured_on_sqlite(tmp_path: Path) -> None:
    costs = await measure_in_process(tmp_path, 0.05, READS, build_goods(listed=30, bought=2))
    assert set(costs["shop"]) == set(costs["floor"]) == set(READS)
