"""The composition root of carts."""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast

from sqlalchemy import Table

from entrepot.shared.events.contracts.carts import CartChanged
from entrepot.shared.events.contracts.catalog import VariantChanged
from entrepot.shared.events.operations.read_models import ReadModel
from entrepot.shared.subgraph import Job, Subgraph, SubgraphDependencies
from entrepot.subgraphs.carts.api.schema import SCHEMA
from entrepot.subgraphs.carts.config import CartSettings
from entrepot.subgraphs.carts.dependencies import CartDependencies
from entrepot.subgraphs.carts.guest_limits import GuestLimits
from entrepot.subgraphs.carts.handlers import HANDLERS
from entrepot.subgraphs.carts.models import Base, Variant
from entrepot.subgraphs.carts.permissions import PERMISSIONS
from entrepot.subgraphs.carts.projections import build_variant_row, reprice_changed
from entrepot.subgraphs.carts.service import REPRICING, expire_carts, prune_carts, reprice_carts
from entrepot.subgraphs.carts.states import CART


def _build_dependencies(settings: CartSettings, shared_dependencies: SubgraphDependencies) -> CartDependencies:
    return CartDependencies(settings, GuestLimits(settings, shared_dependencies.limiter))


SUBGRAPH: Final = Subgraph(
    name="carts",
    schema=SCHEMA,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=CartSettings,
    build_dependencies=_build_dependencies,
    permissions=PERMISSIONS,
    machines=(CART,),
    shows={CartChanged: {"Cart": ("cart_id",)}},
    handlers=HANDLERS,
    read_models=(
        ReadModel(
            "variants", cast("Table", Variant.__table__), VariantChanged, build_variant_row, on_changed=reprice_changed
        ),
    ),
    jobs=(
        Job(REPRICING, 1.0, reprice_carts),
        Job("expire-carts", 600.0, expire_carts),
        Job("prune-carts", 600.0, prune_carts),
    ),
)
