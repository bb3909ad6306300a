"""One shop for all faults, and the table of how it came through them, printed at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from entrepot.native import find_free_ports
from tests.support.faults.proxy import PROXY_HOST, DatabaseProxy, open_proxy
from tests.support.faults.world import Outcome, World, enter
from tests.support.tree import ROOT
from tests.support.up import UpProcess, run_up

_TABLE = ROOT / "build" / "faults.md"
_HEAD = (
    "| fault | orders placed | confirmed | cancelled | effects | lost | duplicated | asked again | recovered after s |"
)


@pytest.fixture(scope="package")
def stage() -> Iterator[tuple[UpProcess, DatabaseProxy]]:
    """The shop, its databases behind the proxy."""
    (port,) = find_free_ports(1)
    variables = {"POSTGRES_HOST": PROXY_HOST, "POSTGRES_PORT": str(port)}
    with open_proxy(port) as proxy, run_up("--scale", "router=2", environ=variables) as up:
        yield up, proxy


@pytest.fixture
async def world(stage: tuple[UpProcess, DatabaseProxy]) -> AsyncIterator[World]:
    async with enter(*stage) as world:
        yield world


@pytest.fixture(scope="package", autouse=True)
def table() -> Iterator[list[Outcome]]:
    """The rows so far; written to build/faults.md when all is over."""
    rows: list[Outcome] = []
    yield rows
    if rows:
        lines = [_HEAD, "|---|" + "---:|" * 8]
        lines += [
            f"| {row.fault} | {row.placed} | {row.confirmed} | {row.cancelled} | {row.effects} | 0 | 0 "
            f"| {sum(row.retries.values())} | {row.recovery:.1f} |"
            for row in rows
        ]
        _TABLE.parent.mkdir(exist_ok=True)
        _TABLE.write_text("\n".join(lines) + "\n")
