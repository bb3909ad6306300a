"""Every query of carts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Row, Select, Table, delete, func, select, update

from entrepot.shared.db import (
    Listing,
    Reader,
    Repository,
    RowsByKey,
    among,
    changed_rows,
    insert_or_ignore,
    row_of,
    upsert,
)
from entrepot.subgraphs.carts.models import Cart, CartLine, Conversion, Repricing, Variant
from entrepot.subgraphs.carts.states import CartStatus

CARTS_BY_ID: Final = RowsByKey(Cart.id)

_LINE_COLUMNS: Final = tuple(CartLine.__table__.c)
_VARIANT_COLUMNS: Final = tuple(Variant.__table__.c)
_line_of: Final = row_of("LineRow", _LINE_COLUMNS)
_variant_of: Final = row_of("VariantRow", _VARIANT_COLUMNS)
_CONTENT: Final[Select[Any]] = (
    select(*_LINE_COLUMNS, *_VARIANT_COLUMNS)
    .join_from(CartLine, Variant)
    .where(among(CartLine.__table__.c.cart_id, "keys"))
    .order_by(CartLine.id)
)

_NUMBERED: Final = (
    select(
        *Cart.__table__.c,
        func.row_number()
        .over(partition_by=Cart.owner_id, order_by=(Cart.last_used_at.desc(), Cart.id.desc()))
        .label("age"),
    )
    .where(among(Cart.__table__.c.owner_id, "keys"), Cart.status == CartStatus.ACTIVE)
    .subquery()
)
_CURRENT: Final = select(*(column for column in _NUMBERED.c if column.key != "age")).where(_NUMBERED.c.age == 1)


async def read_current_carts(reader: Reader, owner_ids: Sequence[str]) -> Mapping[str, Row[Any]]:
    """Each customer's current cart: the active one that they used last."""
    return {row.owner_id: row for row in await reader.execute(_CURRENT, {"keys": list(owner_ids)})}


async def read_content(reader: Reader, cart_ids: Sequence[str]) -> Mapping[str, Sequence[tuple[Any, Any]]]:
    """The lines of each cart with their variants, as rows, in the order they were added."""
    content: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
    count = len(_LINE_COLUMNS)
    for row in await reader.execute(_CONTENT, {"keys": list(cart_ids)}):
        line = _line_of(row[:count])
        content[line.cart_id].append((line, _variant_of(row[count:])))
    return content


def list_active_carts(owner_id: str) -> Listing:
    """The customer's active carts, newest first."""
    query = select(*Cart.__table__.c).where(Cart.owner_id == owner_id, Cart.status == CartStatus.ACTIVE)
    return Listing(query, [Cart.id], descending=True)


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

    async def lock_active_cart(self, cart_id: str) -> Cart | None:
        """The cart, locked until the unit of work ends; None when it is not active."""
        query = select(Cart).where(Cart.id == cart_id, Cart.status == CartStatus.ACTIVE).with_for_update()
        return await self.session.scalar(query.execution_options(populate_existing=True))

    async def claim_cart(
        self, cart_id: str, *, now: datetime, status: CartStatus = CartStatus.ACTIVE, **guard: Any
    ) -> Cart | None:
        """Count the cart's revision up, if it is in that status and its columns are as `guard` says; None otherwise.

        The one statement is guard and lock in one: until the unit of work ends, nobody else changes the cart, and what
        is read of it from here on is the newest.
        """
        return await self._claim(
            cart_id, status, {"updated_at": now}, [getattr(Cart, k) == v for k, v in guard.items()]
        )

    async def use_cart(self, cart_id: str, *, now: datetime, expected_revision: int | None = None) -> Cart | None:
        """The same for a change by its owner, which keeps an active cart alive."""
        conditions = [] if expected_revision is None else [Cart.revision == expected_revision]
        return await self._claim(cart_id, CartStatus.ACTIVE, {"updated_at": now, "last_used_at": now}, conditions)

    async def claim_unused_cart(self, cart_id: str, *, now: datetime, since: datetime) -> Cart | None:
        """The same for an active cart that its owner has not changed since."""
        return await self._claim(cart_id, CartStatus.ACTIVE, {"updated_at": now}, [Cart.last_used_at <= since])

    async def list_unused_cart_ids(self, *, guests: bool, since: datetime, limit: int) -> Sequence[str]:
        owned = Cart.owner_id.is_(None) if guests else Cart.owner_id.is_not(None)
        query = select(Cart.id).where(Cart.status == CartStatus.ACTIVE, Cart.last_used_at <= since, owned)
        return (await self.session.scalars(query.order_by(Cart.last_used_at).limit(limit))).all()

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

    async def list_content(self, cart_ids: Sequence[str]) -> list[tuple[CartLine, Variant]]:
        """The lines of the carts with their variants, in the order they were added."""
        rows = await self.session.execute(
            select(CartLine, Variant)
            .join(Variant, Variant.id == CartLine.variant_id)
            .where(CartLine.cart_id.in_(cart_ids))
            .order_by(CartLine.id)
        )
        return [(line, variant) for line, variant in rows]

    async def lock_content_for_share(self, cart_id: str) -> list[tuple[CartLine, Variant]]:
        """The same for one cart to be announced, whose variants stay as they are until the unit of work ends.

        On PostgreSQL a newer revision of a variant waits for this (SQLite has one writer at a time): a reader
        that looks for carts published with the older revision, after the newer is committed, finds this one too.
        """
        rows = await self.session.execute(
            select(CartLine, Variant)
            .join(Variant, Variant.id == CartLine.variant_id)
            .where(CartLine.cart_id == cart_id)
            .order_by(CartLine.id)
            .with_for_update(read=True, of=Variant)
            .execution_options(populate_existing=True)
        )
        return [(line, variant) for line, variant in rows]

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

    async def add_repricing(self, variant_id: str, revision: int) -> None:
        table = cast("Table", Repricing.__table__)
        await upsert(self.session, table, {"variant_id": variant_id, "revision": revision})

    async def add_repricings(self, variant_ids: Sequence[str]) -> None:
        """The same for many variants, as of the revisions that are known now."""
        if not variant_ids:
            return
        known = await self.session.execute(select(Variant.id, Variant.revision).where(Variant.id.in_(variant_ids)))
        rows = [{"variant_id": row.id, "revision": row.revision} for row in known]
        await upsert(self.session, cast("Table", Repricing.__table__), *rows)

    async def list_repricings(self, limit: int) -> Sequence[Repricing]:
        return (await self.session.scalars(select(Repricing).order_by(Repricing.variant_id).limit(limit))).all()

    async def end_repricing(self, variant_id: str, revision: int) -> None:
        """Done up to that revision; one that is newer by now stays."""
        await self.session.execute(
            delete(Repricing).where(Repricing.variant_id == variant_id, Repricing.revision == revision)
        )

    async def list_outdated_cart_ids(self, variant_id: str, revision: int, limit: int) -> Sequence[str]:
        """Active carts that were last announced with an older revision of the variant."""
        query = select(CartLine.cart_id).where(
            CartLine.variant_id == variant_id, CartLine.announced_revision < revision
        )
        return (await self.session.scalars(query.order_by(CartLine.cart_id).limit(limit))).all()

    async def _claim(
        self, cart_id: str, status: CartStatus, values: Mapping[str, Any], conditions: Sequence[Any]
    ) -> Cart | None:
        statement = (
            update(Cart)
            .where(Cart.id == cart_id, Cart.status == status, *conditions)
            .values(revision=Cart.revision + 1, **values)
            .returning(Cart)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        return await self.session.scalar(statement)
