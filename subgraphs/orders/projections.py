"""Carts as carts tell of them: the read model that orders are made of."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from entrepot.shared.events import UnitOfWork
from entrepot.shared.events.contracts.carts import CartChanged, CartLineFacts
from entrepot.subgraphs.orders.config import OrderDependencies
from entrepot.subgraphs.orders.models import CartSnapshot
from entrepot.subgraphs.orders.repository import OrderRepository


def cart_channel(cart_id: str) -> str:
    """The fan-out channel of a cart's arrival here."""
    return f"cart:{cart_id}"


async def project_cart(unit: UnitOfWork[OrderDependencies], event: CartChanged) -> None:
    """Keep the cart as the event says, unless a later one came before it."""
    repository = OrderRepository(unit.session)
    known = await repository.get_snapshot(event.cart_id)
    if known is not None and known.revision >= event.revision:
        return
    snapshot = known or CartSnapshot(cart_id=event.cart_id)
    snapshot.revision = event.revision
    snapshot.status = event.status
    snapshot.owner_id = event.owner_id
    snapshot.channel = event.channel
    snapshot.currency = event.currency
    snapshot.lines = msgspec.to_builtins(event.lines)
    snapshot.problems = list(event.problems)
    snapshot.changed_at = unit.now
    repository.add(snapshot)
    unit.notify(cart_channel(event.cart_id))


async def forget_carts(unit: UnitOfWork[OrderDependencies]) -> None:
    """Know no cart, so that the read model can be made again."""
    await OrderRepository(unit.session).delete_snapshots()


def read_lines(snapshot: CartSnapshot) -> Sequence[CartLineFacts]:
    """The lines of the snapshot."""
    return msgspec.convert(snapshot.lines, tuple[CartLineFacts, ...])
