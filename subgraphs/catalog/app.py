"""The composition root of the catalog."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared.subgraph import Facilities, Subgraph
from subgraphs.catalog.api.schema import SCHEMA
from subgraphs.catalog.config import CatalogSettings
from subgraphs.catalog.models import Base
from subgraphs.catalog.seeds import seed


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
