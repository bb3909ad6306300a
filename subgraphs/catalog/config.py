"""Settings of the catalog."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CatalogSettings:
    """Read from ENTREPOT_CATALOG_*."""

    max_variants_per_product: int = 100
