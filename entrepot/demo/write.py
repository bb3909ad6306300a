"""Writes the whole demonstration: customers, catalogue, stock and past orders; safe to do twice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from entrepot.demo.ordering import write_orders
from entrepot.demo.people import USERS
from entrepot.demo.selling import write_catalogue
from entrepot.demo.services import SeededServices
from entrepot.demo.stocking import write_stock
from entrepot.shared.process import SubgraphProcess
from entrepot.subgraphs.accounts.seeds import add_users

Report = Callable[[str, int, int], None]
"""Called with what is being written, how much of it there is by now, and how much there will be."""

_HISTORY: Final = timedelta(days=240)
"""How long ago the shop opened."""


async def write_demo_data(processes: Mapping[str, SubgraphProcess], now: datetime, report: Report) -> None:
    """Write what is missing; `processes` are all subgraphs, migrated, and not working yet.

    The data depends on the day of `now` only: twice on a day, in two places, it is the same.
    """
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    services = SeededServices(processes, today - _HISTORY)
    await services.open()
    await add_users(services.transactions("accounts"), USERS)
    await write_catalogue(services, lambda done, total: report("products", done, total))
    await services.deliver()
    await write_stock(services)
    await services.deliver()
    with _without_warnings():
        await write_orders(services, today, lambda done, total: report("orders", done, total))


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Payments warn of the provider that one of the orders has fail on purpose: nobody has to look into that."""
    logger = logging.getLogger("entrepot.subgraphs.payments")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
