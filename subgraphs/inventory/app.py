"""The composition root of inventory."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from entrepot.shared.events.contracts.inventory import StockChanged
from entrepot.shared.events.snapshots.backfilling import StateSource
from entrepot.shared.subgraph import Job, Subgraph, SubgraphDependencies
from entrepot.subgraphs.inventory.api.schema import SCHEMA
from entrepot.subgraphs.inventory.config import InventoryDependencies, InventorySettings
from entrepot.subgraphs.inventory.handlers import HANDLERS
from entrepot.subgraphs.inventory.models import Base
from entrepot.subgraphs.inventory.permissions import PERMISSIONS
from entrepot.subgraphs.inventory.seeds import seed
from entrepot.subgraphs.inventory.service import expire_due
from entrepot.subgraphs.inventory.service.snapshots import list_stock_states
from entrepot.subgraphs.inventory.states import RESERVATION


def _build_dependencies(
    settings: InventorySettings, shared_dependencies: SubgraphDependencies
) -> InventoryDependencies:
    return InventoryDependencies(settings, settings.demo_opening_stock if shared_dependencies.is_demo else 0)


SUBGRAPH: Final = Subgraph(
    name="inventory",
    schema=SCHEMA,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=InventorySettings,
    build_dependencies=_build_dependencies,
    permissions=PERMISSIONS,
    machines=(RESERVATION,),
    shows={StockChanged: {"ProductVariant": ("variant_id",)}},
    handlers=HANDLERS,
    state_sources=(StateSource(StockChanged, list_stock_states),),
    jobs=(Job("expire-reservations", 5.0, expire_due),),
    seed=seed,
)
