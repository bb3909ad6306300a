"""The composition root of inventory."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from entrepot.shared.subgraph import Facilities, Job, Subgraph
from entrepot.subgraphs.inventory.api.schema import SCHEMA
from entrepot.subgraphs.inventory.config import InventoryPorts, InventorySettings
from entrepot.subgraphs.inventory.handlers import HANDLERS
from entrepot.subgraphs.inventory.models import Base
from entrepot.subgraphs.inventory.seeds import seed
from entrepot.subgraphs.inventory.service import expire_due


def _build_ports(settings: InventorySettings, facilities: Facilities) -> InventoryPorts:
    return InventoryPorts(settings, settings.demo_opening_stock if facilities.is_demo else 0)


SUBGRAPH: Final = Subgraph(
    name="inventory",
    schema=SCHEMA,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=InventorySettings,
    build_ports=_build_ports,
    handlers=HANDLERS,
    jobs=(Job("expire-reservations", 5.0, expire_due),),
    seed=seed,
)
