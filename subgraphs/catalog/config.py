"""Settings of the catalog."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CatalogSettings:
    """Read from ENTREPOT_CATALOG_*."""

    max_variants_per_product: int = 100


@dataclass(frozen=True, slots=True)
class CatalogDependencies:
    """What use cases find in `unit.dependencies`."""

    settings: CatalogSettings
