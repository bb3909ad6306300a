"""Use cases of orders."""

from entrepot.subgraphs.orders.service.cancelling import (
    CANCEL_SCOPE,
    CancelOrder,
    can_cancel,
    cancel_order,
    find_order,
)
from entrepot.subgraphs.orders.service.numbering import NUMBER_JOB, NUMBER_SECONDS, number_orders
from entrepot.subgraphs.orders.service.placing import Address, PlaceOrder, place_order, prepare_order
from entrepot.subgraphs.orders.service.replies import SAGAS, resolve_overdue_orders, take_reply
from entrepot.subgraphs.orders.service.unit import Unit

__all__ = [
    "CANCEL_SCOPE",
    "NUMBER_JOB",
    "NUMBER_SECONDS",
    "SAGAS",
    "Address",
    "CancelOrder",
    "PlaceOrder",
    "Unit",
    "can_cancel",
    "cancel_order",
    "find_order",
    "number_orders",
    "place_order",
    "prepare_order",
    "resolve_overdue_orders",
    "take_reply",
]
