"""The composition root of carts."""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast

from sqlalchemy import Table

from shared.events.read_models import ReadModel
from shared.subgraph import Facilities, Job, Subgraph
from subgraphs.carts.api.schema import SCHEMA
from subgraphs.carts.config import CartSettings
from subgraphs.carts.handlers import HANDLERS, on_variant_changed
from subgraphs.carts.models import Base, Variant
from subgraphs.carts.projections import outdate_variants
from subgraphs.carts.service import REPRICING, expire_carts, reprice_carts


def _build_ports(settings: CartSettings, _facilities: Facilities) -> CartSettings:
    return settings


SUBGRAPH: Final = Subgraph(
    name="carts",
    schema=SCHEMA,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=CartSettings,
    build_ports=_build_ports,
    handlers=HANDLERS,
    read_models=(ReadModel("variants", (cast("Table", Variant.__table__),), (on_variant_changed,), outdate_variants),),
    jobs=(Job(REPRICING, 1.0, reprice_carts), Job("expire-carts", 600.0, expire_carts)),
)
