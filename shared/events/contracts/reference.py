"""Who asked: a typed reference to what a command is for, such as an order or a work order."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An entity of the graph, which the receiver of a command stores and shows but does not look into."""

    type: str
    """Its type in the graph, such as Order."""
    id: str


def refer_to_order(order_id: str) -> Reference:
    """The reference to an order: first versions of contracts named orders only."""
    return Reference(type="Order", id=order_id)
