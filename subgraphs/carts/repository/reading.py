"""What is read of carts for the graph, on the read connection of an operation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, func, select

from entrepot.shared.db import Listing, Reader, RowsByKey, among, row_of
from entrepot.subgraphs.carts.models import Cart, CartLine, Variant
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
