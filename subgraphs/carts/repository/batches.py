"""Many carts at once: what becomes of all that hold a variant, or were left alone, is a few statements per batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import Table, Update, bindparam, delete, exists, select, update

from entrepot.shared.db import Repository, among, changed_rows, encode_rows, given_rows, upsert
from entrepot.subgraphs.carts.models import Cart, CartLine, Repricing, Variant
from entrepot.subgraphs.carts.repository.reading import read_content
from entrepot.subgraphs.carts.states import CartStatus

_KEYS: Final = "keys"
_CART: Final = cast("Table", Cart.__table__)
_LINE: Final = cast("Table", CartLine.__table__)
_WRITTEN: Final = (_LINE.c.id, _LINE.c.quoted, _LINE.c.announced_revision)
_SHOWN: Final = (_CART.c.id, _CART.c.status, _CART.c.owner_id, _CART.c.channel, _CART.c.currency, _CART.c.revision)


class BatchRepository(Repository):
    """Variants that are due and the carts that hold them, and carts that their owners left alone."""

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

    async def end_repricing(self, variant_id: str, revision: int) -> bool:
        """End it when no cart is left that was announced with an older revision; whether it ended.

        One that is for a newer revision by now stays.
        """
        is_outdated = exists().where(CartLine.variant_id == variant_id, CartLine.announced_revision < revision)
        statement = delete(Repricing).where(
            Repricing.variant_id == variant_id, Repricing.revision == revision, ~is_outdated
        )
        return changed_rows(await self.session.execute(statement)) == 1

    async def lock_outdated_carts(self, variant_id: str, revision: int, limit: int) -> Sequence[Any]:
        """A batch of active carts that were last announced with an older revision of the variant, as rows.

        They are locked until the unit of work ends. Those that somebody else has locked are left to the next batch:
        nobody is waited for here, so that no two transactions wait for each other.
        """
        outdated = (
            select(*_SHOWN)
            .join_from(_LINE, _CART)
            .where(_LINE.c.variant_id == variant_id, _LINE.c.announced_revision < revision)
            .where(_CART.c.status == CartStatus.ACTIVE)
            .order_by(_LINE.c.announced_revision, _LINE.c.cart_id)
            .limit(limit)
        )
        return (await self.session.execute(outdated.with_for_update(of=_CART, key_share=True, skip_locked=True))).all()

    async def lock_unused_carts(self, *, guests: bool, since: datetime, limit: int) -> Sequence[Any]:
        """The same for active carts, of guests or of customers, that their owners have not changed since."""
        owned = _CART.c.owner_id.is_(None) if guests else _CART.c.owner_id.is_not(None)
        unused = (
            select(*_SHOWN)
            .where(_CART.c.status == CartStatus.ACTIVE, _CART.c.last_used_at <= since, owned)
            .order_by(_CART.c.last_used_at)
            .limit(limit)
        )
        return (await self.session.execute(unused.with_for_update(key_share=True, skip_locked=True))).all()

    async def read_content(self, cart_ids: Sequence[str]) -> Mapping[str, Sequence[tuple[Any, Any]]]:
        """The lines of each cart with their variants, as rows."""
        return await read_content(self.session, cart_ids)

    async def write_lines(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Set `quoted` and `announced_revision` of the lines by their ids, in one statement."""
        dialect = self.session.get_bind().dialect
        await self.session.execute(_writing_lines(dialect.name), encode_rows(dialect, _WRITTEN, rows))

    async def count_up(self, cart_ids: Sequence[str], now: datetime) -> None:
        """Give each of the carts, which are locked and active, its next revision."""
        await self.end(cart_ids, CartStatus.ACTIVE, now)

    async def end(self, cart_ids: Sequence[str], status: CartStatus, now: datetime) -> None:
        """The same in another status."""
        given = {_KEYS: list(cart_ids), "now": now, "moved": status}
        await self.session.execute(_COUNTING, given)

    async def outdate_no_more(self, cart_ids: Sequence[str]) -> None:
        """Let no change of a variant concern the carts any more, which are not active now."""
        statement = update(_LINE).where(among(_LINE.c.cart_id, _KEYS)).values(announced_revision=None)
        await self.session.execute(statement, {_KEYS: list(cart_ids)})


@cache
def _writing_lines(dialect: str) -> Update:
    given = given_rows(dialect, _WRITTEN)
    values = {_LINE.c.quoted: given.c.quoted, _LINE.c.announced_revision: given.c.announced_revision}
    return update(_LINE).where(_LINE.c.id == given.c.id).values(values)


_COUNTING: Final = (
    update(_CART)
    .where(among(_CART.c.id, _KEYS))
    .values(
        revision=_CART.c.revision + 1,
        updated_at=bindparam("now", type_=_CART.c.updated_at.type),
        status=bindparam("moved", type_=_CART.c.status.type),
    )
)
