"""The placement saga across processes: every purchase ends right, also when its workers are killed on the way."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest

from tests.support.mesh import Shop
from tests.support.purchases import buy_through, check_ends_through
from tests.support.up import UpProcess

WORKERS = ("worker-orders", "worker-inventory", "worker-payments")


async def test_every_purchase_ends_right(shop: Shop) -> None:
    await check_ends_through(shop.client, shop.running, {})


@pytest.mark.long
@pytest.mark.parametrize("worker", WORKERS)
async def test_a_worker_that_is_killed_is_started_again_and_goes_on(up: UpProcess, shop: Shop, worker: str) -> None:
    sent: dict[str, Any] = {}
    buying = asyncio.create_task(buy_through(shop.client, sent, worker))
    await asyncio.sleep(0.3)
    os.kill(up.process_of(worker), signal.SIGKILL)
    await asyncio.wait([buying])
    await check_ends_through(shop.client, shop.running, sent, worker)
