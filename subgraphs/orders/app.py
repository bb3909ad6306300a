"""The composition root of orders."""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast

from sqlalchemy import Table

from entrepot.shared.events.contracts.carts import CartChanged
from entrepot.shared.events.contracts.orders import OrderCancelled, OrderChanged, OrderConfirmed, OrderPlaced
from entrepot.shared.events.operations.read_models import ReadModel
from entrepot.shared.events.snapshots.backfilling import StateSource
from entrepot.shared.subgraph import Erasure, Job, Subgraph, SubgraphDependencies
from entrepot.subgraphs.orders.api.schema import SCHEMA
from entrepot.subgraphs.orders.config import OrderDependencies, OrderSettings
from entrepot.subgraphs.orders.handlers import HANDLERS
from entrepot.subgraphs.orders.models import Base, CartSnapshot
from entrepot.subgraphs.orders.permissions import PERMISSIONS
from entrepot.subgraphs.orders.projections import build_cart_row
from entrepot.subgraphs.orders.pruning import prune_cart_snapshots
from entrepot.subgraphs.orders.service import NUMBER_JOB, NUMBER_SECONDS, number_orders, resolve_overdue_orders
from entrepot.subgraphs.orders.service.erasure import erase_addresses
from entrepot.subgraphs.orders.service.snapshots import list_order_states
from entrepot.subgraphs.orders.states import ORDER


def _build_dependencies(settings: OrderSettings, _shared_dependencies: SubgraphDependencies) -> OrderDependencies:
    return OrderDependencies(settings)


SUBGRAPH: Final = Subgraph(
    name="orders",
    schema=SCHEMA,
    metadata=Base.metadata,
    migrations=Path(__file__).parent / "migrations",
    settings=OrderSettings,
    build_dependencies=_build_dependencies,
    permissions=PERMISSIONS,
    machines=(ORDER,),
    shows={
        contract: {"Order": ("order_id",), "Cart": ("cart_id",)}
        for contract in (OrderPlaced, OrderConfirmed, OrderCancelled, OrderChanged)
    },
    erases=(Erasure("shipping addresses", erase_addresses),),
    handlers=HANDLERS,
    state_sources=(StateSource(OrderChanged, list_order_states),),
    read_models=(ReadModel("carts", cast("Table", CartSnapshot.__table__), CartChanged, build_cart_row),),
    jobs=(
        Job("overdue-orders", 1.0, resolve_overdue_orders),
        Job(NUMBER_JOB, NUMBER_SECONDS, number_orders),
        Job("prune-cart-snapshots", 600.0, prune_cart_snapshots),
    ),
)
