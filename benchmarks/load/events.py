"""Events alone: from the outbox of one domain to their effects in two others, without requests and sagas."""

from __future__ import annotations

import asyncio
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.load.shops import MeasuredShop
from entrepot.commands.dev import build_config
from entrepot.shared.events.contracts.catalog import VariantChanged
from entrepot.wiring.embedded import EmbeddedShop
from tests.support.mesh import CHEAP

_VARIANTS = 500
_AT_ONCE = 50
_LOOK = 0.05
_PATIENCE = 300.0
_HANDLED = "SELECT count(*) FROM inbox WHERE handler = 'variant-changed'"
_FROM, _TO = "catalog", ("carts", "inventory")


@dataclass(frozen=True)
class EventFlow:
    """So many events, each with an effect in two domains, from the first's commit until the last effect's."""

    shop: str
    events: int
    seconds: float

    @property
    def events_per_second(self) -> float:
        return self.events / self.seconds

    def print(self) -> str:
        rate = self.events_per_second
        return f"| {self.shop} | {self.events:,} | {rate:.0f} | {rate * len(_TO):.0f} |"


async def measure_events(shop: str, processes: Mapping[str, Any], events: int) -> EventFlow:
    """Announce the events, many in a transaction, of variants that nobody sells; return when all have taken effect.

    `processes` are ways to the databases of the subgraphs (`SubgraphProcess`), whoever it is that works on them.
    """
    run = uuid.uuid4().hex[:12]
    wanted = {name: await _count(processes[name]) + events for name in _TO}
    began = time.monotonic()
    for first in range(0, events, _AT_ONCE):
        async with processes[_FROM].transactions.begin() as unit:
            unit.publish(*(_build_event(run, number) for number in range(first, min(first + _AT_ONCE, events))))
    async with asyncio.timeout(_PATIENCE):
        for name, count in wanted.items():
            while await _count(processes[name]) < count:  # noqa: ASYNC110 - of other processes
                await asyncio.sleep(_LOOK)
    return EventFlow(shop, events, time.monotonic() - began)


@asynccontextmanager
async def open_processes(shop: MeasuredShop) -> AsyncIterator[Mapping[str, Any]]:
    """Those of the shop; for an embedded one those of another in this process, since nobody else may be part of it."""
    if shop.observed is not None:
        yield shop.observed.processes
        return
    with tempfile.TemporaryDirectory(prefix="entrepot-events-") as folder:
        own = EmbeddedShop(Path(folder), environ=CHEAP, is_demo=True)
        await own.open(build_config("127.0.0.1", 0, is_demo=True))
        try:
            yield own.processes
        finally:
            await own.close()


async def _count(process: Any) -> int:
    async with process.database.read() as session:
        return int(await session.scalar(text(_HANDLED)) or 0)


def _build_event(run: str, number: int) -> VariantChanged:
    turn, variant = divmod(number, _VARIANTS)
    name = f"{run}-{variant}"
    return VariantChanged(
        variant_id=f"var_{name}",
        product_id=f"prd_{name}",
        seller_id="sel_load",
        sku=f"LOAD-{name}",
        product_name="Measured",
        variant_name=f"{variant}",
        is_sellable=False,
        prices=(),
        revision=turn + 1,
    )
