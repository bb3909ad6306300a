"""Deleting carts that ended long ago, in batches that an index finds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import aliased

from entrepot.shared.db import Repository, among, changed_rows
from entrepot.shared.events.contracts.carts import CartChanged
from entrepot.shared.events.outbox.outbox import delete_delivered
from entrepot.shared.events.outbox.published_state import forget_states
from entrepot.subgraphs.carts.models import Cart, CartLine, Conversion
from entrepot.subgraphs.carts.states import CartStatus

_KEYS: Final = "keys"


class PruningRepository(Repository):
    """What nobody needs any more."""

    async def lock_ended_cart_ids(self, status: CartStatus, *, before: datetime, limit: int) -> Sequence[str]:
        """Carts that have been in that final status since before then, oldest first, and that no cart refers to.

        Those that another worker has locked are left to it.
        """
        source = aliased(Cart)
        query = (
            select(Cart.id)
            .where(Cart.status == status, Cart.updated_at <= before)
            .where(~exists().where(source.merged_into_id == Cart.id))
            .order_by(Cart.updated_at)
            .limit(limit)
        )
        return (await self.session.scalars(query.with_for_update(of=Cart, skip_locked=True))).all()

    async def delete_carts(self, cart_ids: Sequence[str]) -> None:
        """Delete the carts, their lines, and the announcements that were kept of them."""
        given = {_KEYS: list(cart_ids)}
        await self.session.execute(delete(CartLine).where(among(CartLine.__table__.c.cart_id, _KEYS)), given)
        await self.session.execute(delete(Cart).where(among(Cart.__table__.c.id, _KEYS)), given)
        await delete_delivered(self.session, CartChanged.TYPE, cart_ids)
        await forget_states(self.session, CartChanged, cart_ids)

    async def delete_conversions(self, *, before: datetime, limit: int) -> int:
        """Delete the oldest conversions that were noted before then; how many."""
        due = (
            select(Conversion.order_id).where(Conversion.noted_at <= before).order_by(Conversion.noted_at).limit(limit)
        )
        ids = (await self.session.scalars(due.with_for_update(skip_locked=True))).all()
        if not ids:
            return 0
        statement = delete(Conversion).where(among(Conversion.__table__.c.order_id, _KEYS))
        return changed_rows(await self.session.execute(statement, {_KEYS: list(ids)}))
