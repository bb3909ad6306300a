"""Under a steady load of orders each part fails in turn; nothing is lost, nothing happens twice."""

from __future__ import annotations

import pytest

from tests.support.faults.table import FAULTS, QUICK
from tests.support.faults.world import Fault, Outcome, World, come_through

RATE = 2.0
"""Purchases begun in a second: four of six are on their way at any time when all is well."""

CASES = [pytest.param(each, id=each.name, marks=() if each.name in QUICK else pytest.mark.long) for each in FAULTS]


@pytest.mark.parametrize("fault", CASES)
async def test_nothing_is_lost(world: World, fault: Fault, table: list[Outcome]) -> None:
    outcome = await come_through(world, fault, rate=RATE)
    table.append(outcome)
    assert outcome.confirmed > 0
    assert outcome.cancelled > 0


def test_the_slice_is_of_the_table() -> None:
    assert {each.name for each in FAULTS} > QUICK
