"""The composition root of the catalog."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from entrepot.shared.events.contracts.catalog import ProductChanged, VariantChanged
from entrepot.shared.events.snapshots.backfilling import StateSource
from entrepot.shared.subgraph import Subgraph, SubgraphDependencies
from entrepot.subgraphs.catalog.api.schema import SCHEMA
from entrepot.subgraphs.catalog.config import CatalogDependencies, CatalogSettings
from entrepot.subgraphs.catalog.models import Base
from entrepot.subgraphs.catalog.permissions import PERMISSIONS
from entrepot.subgraphs.catalog.seeds import seed
from entrepot.subgraphs.catalog.service.snapshots import list_product_states
from entrepot.subgraphs.catalog.states import PRODUCT


def _build_dependencies(settings: CatalogSettings, _shared_dependencies: SubgraphDependencies) -> CatalogDependencies:
    return CatalogDependencies(settings)


SUBGRAPH: Final = Subgraph(
    name="catalog",
    schema=SCHEMA,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=CatalogSettings,
    build_dependencies=_build_dependencies,
    permissions=PERMISSIONS,
    machines=(PRODUCT,),
    shows={
        ProductChanged: {"Product": ("product_id",)},
        VariantChanged: {"Product": ("product_id",), "ProductVariant": ("variant_id", "sku")},
    },
    state_sources=(StateSource(ProductChanged, list_product_states),),
    seed=seed,
)
