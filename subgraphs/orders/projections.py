"""Carts as carts tell of them: the read model that orders are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec
from sqlalchemy import Table

from entrepot.shared.db import upsert_newest
from entrepot.shared.events import UnitOfWork
from entrepot.shared.events.contracts.carts import CartChanged, CartLineFacts
from entrepot.subgraphs.orders.config import OrderDependencies
from entrepot.subgraphs.orders.models import CartSnapshot


def cart_channel(cart_id: str) -> str:
    """The fan-out channel of a cart's arrival here."""
    return f"cart:{cart_id}"


async def project_cart(unit: UnitOfWork[OrderDependencies], event: CartChanged) -> None:
    """Keep the cart as the event says, unless a later one came before it."""
    row = {**build_cart_row(event), "changed_at": unit.now}
    if await upsert_newest(unit.session, cast("Table", CartSnapshot.__table__), [row]):
        unit.notify(cart_channel(event.cart_id))


def build_cart_row(event: CartChanged) -> dict[str, Any]:
    """The row of the cart that the event is about."""
    return {
        "cart_id": event.cart_id,
        "revision": event.revision,
        "status": event.status,
        "owner_id": event.owner_id,
        "channel": event.channel,
        "currency": event.currency,
        "lines": msgspec.to_builtins(event.lines),
        "problems": list(event.problems),
    }


def read_lines(snapshot: CartSnapshot) -> Sequence[CartLineFacts]:
    """The lines of the snapshot."""
    return msgspec.convert(snapshot.lines, tuple[CartLineFacts, ...])
