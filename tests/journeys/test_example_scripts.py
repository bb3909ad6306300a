"""The programs of examples/scripts against the shop, started as a reader would start them."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.buying import available, find_variant
from tests.support.mesh import Shop, open_shop
from tests.support.node import need_node
from tests.support.servers import need_program
from tests.support.tree import ROOT

SCRIPTS = ROOT / "examples" / "scripts"
SKU = "PRESS-DOCK-1L"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as shop:
        yield shop


async def run(*command: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=False)


def command_of(name: str) -> tuple[str, ...]:
    if name.endswith(".py"):
        return (sys.executable, "-I", str(SCRIPTS / name))
    return (need_node(), str(SCRIPTS / name))


async def test_the_first_query(shop: Shop) -> None:
    need_program("curl", "curl")
    done = await run(str(SCRIPTS / "first-query.sh"), shop.client.url)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert "errors" not in answer
    assert len(answer["data"]["products"]["edges"]) == 3


@pytest.mark.parametrize("name", ["buy.mjs", "buy.py"])
class TestBuy:
    async def test_an_order_is_placed_and_followed(self, shop: Shop, name: str) -> None:
        variant = await find_variant(shop.client, SKU)
        before = await available(shop.client, variant["id"])
        done = await run(*command_of(name), shop.client.url, SKU)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert lines[0].startswith("Logged in as Ada")
        assert re.fullmatch(r"1 x .+: \d+\.\d\d EUR", lines[1])
        assert lines[2].startswith("Order ")
        assert lines[3] == "1. PENDING"
        assert lines[-1].endswith(". CONFIRMED")
        await shop.running.wait_until_idle()
        assert await available(shop.client, variant["id"]) == before - 1

    async def test_an_unknown_sku_is_said(self, shop: Shop, name: str) -> None:
        done = await run(*command_of(name), shop.client.url, "NO-SUCH-SKU")
        assert done.returncode != 0
        assert "There is no variant with the SKU NO-SUCH-SKU." in done.stderr
