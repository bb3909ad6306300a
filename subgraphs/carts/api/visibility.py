"""Who sees which carts: customers theirs, staff all; a guest shows the secret of theirs to `cart`."""

from __future__ import annotations

from typing import Any

from entrepot.shared.graphql import Context
from entrepot.subgraphs.carts.access import read_access


def sees_cart(context: Context[Any], cart: Any) -> bool:
    return read_access(context.principal).can_read(cart)
