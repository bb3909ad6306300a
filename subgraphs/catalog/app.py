"""The composition root of the catalog."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from entrepot.shared.subgraph import Facilities, Subgraph
from entrepot.subgraphs.catalog.api.schema import SCHEMA
from entrepot.subgraphs.catalog.config import CatalogSettings
from entrepot.subgraphs.catalog.models import Base
from entrepot.subgraphs.catalog.seeds import seed


def _build_ports(settings: CatalogSettings, _facilities: Facilities) -> CatalogSettings:
    return settings


SUBGRAPH: Final = Subgraph(
    name="catalog",
    schema=SCHEMA,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=CatalogSettings,
    build_ports=_build_ports,
    seed=seed,
)
