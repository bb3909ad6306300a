"""The composition root of orders."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared.subgraph import Facilities, Job, Subgraph
from subgraphs.orders.api.schema import SCHEMA
from subgraphs.orders.config import OrderSettings
from subgraphs.orders.handlers import HANDLERS
from subgraphs.orders.models import Base
from subgraphs.orders.service import resolve_overdue_orders


def _build_ports(settings: OrderSettings, _facilities: Facilities) -> OrderSettings:
    return settings


SUBGRAPH: Final = Subgraph(
    name="orders",
    schema=SCHEMA,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=OrderSettings,
    build_ports=_build_ports,
    handlers=HANDLERS,
    jobs=(Job("overdue-orders", 1.0, resolve_overdue_orders),),
)
