"""Mutations of orders."""

from __future__ import annotations

from typing import Final

from entrepot.shared.errors import InvalidInput, InvalidTransition, NotFound
from entrepot.shared.graphql import Once, Shows, by_id, mutation
from entrepot.subgraphs.orders import service
from entrepot.subgraphs.orders.api.types import Order
from entrepot.subgraphs.orders.errors import CartAlreadyOrdered, CartChangedSince, CartNotOrderable, CartNotReady

_CANCELLED: Final = "The order, CANCELLING until everything is released"

MUTATIONS: Final = (
    mutation(
        service.place_order,
        prepare=service.prepare_order,
        scopes=[["orders:create"]],
        shows={"order": Shows(Order, "The new order, PENDING")},
        refuses=(InvalidInput, NotFound, CartNotReady, CartChangedSince, CartNotOrderable, CartAlreadyOrdered),
        once=Once(lambda row: row.id, by_id(service.find_order)),
    ),
    mutation(
        service.cancel_order,
        is_authenticated=True,
        is_audited=True,
        shows={"order": Shows(Order, _CANCELLED)},
        refuses=(NotFound, InvalidTransition),
    ),
)
