"""The unit of work of orders."""

from __future__ import annotations

from entrepot.shared.events import UnitOfWork
from entrepot.subgraphs.orders.config import OrderDependencies

Unit = UnitOfWork[OrderDependencies]
