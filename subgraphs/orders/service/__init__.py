"""Use cases of orders."""

from entrepot.subgraphs.orders.service.cancelling import CANCEL_SCOPE, can_cancel, cancel_order, find_order
from entrepot.subgraphs.orders.service.placing import check_payment_token, place_order
from entrepot.subgraphs.orders.service.replies import resolve_overdue_orders, take_reply
from entrepot.subgraphs.orders.service.unit import Unit
from entrepot.subgraphs.orders.service.waiting import await_cart

__all__ = [
    "CANCEL_SCOPE",
    "Unit",
    "await_cart",
    "can_cancel",
    "cancel_order",
    "check_payment_token",
    "find_order",
    "place_order",
    "resolve_overdue_orders",
    "take_reply",
]
