"""Carts, their lines, and the catalog as it is known here, for one unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, delete, select, update

from entrepot.shared.db import Repository, changed_rows, insert_or_ignore
from entrepot.subgraphs.carts.models import Cart, CartLine, Conversion, Variant
from entrepot.subgraphs.carts.states import CartStatus


class CartRepository(Repository):
    """Carts, their lines, and the catalog as it is known here."""

    async def get_cart(self, cart_id: str) -> Cart | None:
        return await self.session.get(Cart, cart_id)

    async def follow_merges(self, cart: Cart) -> Cart:
        """The cart itself, or the one that its lines are in now."""
        while cart.merged_into_id is not None:
            following = await self.get_cart(cart.merged_into_id)
            assert following is not None, "a foreign key keeps the cart"
            cart = following
        return cart

    async def find_mergeable_id(self, owner_id: str, channel: str, currency: str) -> str | None:
        """The customer's active cart of that channel and currency, of several the one used last."""
        query = select(Cart.id).where(
            Cart.owner_id == owner_id,
            Cart.status == CartStatus.ACTIVE,
            Cart.channel == channel,
            Cart.currency == currency,
        )
        return await self.session.scalar(query.order_by(Cart.last_used_at.desc(), Cart.id.desc()).limit(1))

    async def lock_owner(self, owner_id: str) -> None:
        """Let one transaction at a time merge carts of the customer; it is called before a cart is locked."""
        await self.lock_name(f"carts of {owner_id}")

    async def lock_cart(self, cart_id: str) -> Cart | None:
        """The cart in whatever status, locked until the unit of work ends: nobody else changes it until then.

        What is read of it from here on is the newest.
        """
        return await self._lock(Cart.id == cart_id)

    async def lock_active_cart(self, cart_id: str) -> Cart | None:
        """The same, or None when it is not active."""
        return await self._lock(Cart.id == cart_id, Cart.status == CartStatus.ACTIVE)

    async def lock_guest_cart(self, cart_id: str, token_hash: str) -> Cart | None:
        """The same for an active cart of the guest who has that secret."""
        return await self._lock(
            Cart.id == cart_id, Cart.status == CartStatus.ACTIVE, Cart.guest_token_hash == token_hash
        )

    async def lock_converting_cart(self, cart_id: str, order_id: str) -> Cart | None:
        """The same for a cart whose newest order it is."""
        return await self._lock(Cart.id == cart_id, Cart.status == CartStatus.CONVERTING, Cart.order_id == order_id)

    async def replace_order(self, cart_id: str, order_id: str) -> bool:
        """A cart under conversion belongs to the newest of its orders; whether this one is."""
        statement = (
            update(Cart)
            .where(Cart.id == cart_id, Cart.status == CartStatus.CONVERTING, Cart.order_id < order_id)
            .values(order_id=order_id)
            .execution_options(synchronize_session=False)
        )
        return changed_rows(await self.session.execute(statement)) == 1

    async def note_order(self, order_id: str, cart_id: str, now: datetime) -> bool:
        """Note that the order's placing is dealt with; whether it was not before."""
        row = {"order_id": order_id, "cart_id": cart_id, "noted_at": now}
        return await insert_or_ignore(self.session, cast("Table", Conversion.__table__), row)

    async def list_lines(self, cart_id: str) -> Sequence[CartLine]:
        query = select(CartLine).where(CartLine.cart_id == cart_id).order_by(CartLine.id)
        return (await self.session.scalars(query.execution_options(populate_existing=True))).all()

    async def delete_line(self, line_id: str) -> None:
        await self.session.execute(delete(CartLine).where(CartLine.id == line_id))

    async def lock_content_for_share(self, cart_id: str) -> list[tuple[CartLine, Variant]]:
        """The lines of a cart to be announced, in the order they were added, with their variants, which are held.

        On PostgreSQL a newer revision of a variant waits for this (SQLite has one writer at a time): a reader
        that looks for carts published with the older revision, after the newer is committed, finds this one too.
        """
        rows = await self.session.execute(
            select(CartLine, Variant)
            .join(Variant, Variant.id == CartLine.variant_id)
            .where(CartLine.cart_id == cart_id)
            # The order in which handlers change variants: neither waits for the other while that one waits for it.
            .order_by(Variant.id)
            .with_for_update(read=True, of=Variant)
            .execution_options(populate_existing=True)
        )
        return sorted(((line, variant) for line, variant in rows), key=lambda held: held[0].id)

    async def lock_variant_for_share(self, variant_id: str) -> Variant | None:
        """A variant that is about to come into a cart, held in the same way."""
        query = select(Variant).where(Variant.id == variant_id).with_for_update(read=True)
        return await self.session.scalar(query.execution_options(populate_existing=True))

    async def add_variant(self, row: Mapping[str, Any]) -> bool:
        """Know a new variant; whether it is new."""
        return await insert_or_ignore(self.session, cast("Table", Variant.__table__), row)

    async def update_variant(self, row: Mapping[str, Any]) -> bool:
        """Bring a variant up to a newer revision; False when what is known is as new."""
        statement = (
            update(Variant)
            .where(Variant.id == row["id"], Variant.revision < row["revision"])
            .values(**row)
            .execution_options(synchronize_session=False)
        )
        return changed_rows(await self.session.execute(statement)) == 1

    async def _lock(self, *conditions: ColumnElement[bool]) -> Cart | None:
        # SQLite has one writer at a time; on PostgreSQL the conditions are checked again on the newest row.
        query = select(Cart).where(*conditions).with_for_update(key_share=True)
        return await self.session.scalar(query.execution_options(populate_existing=True))
