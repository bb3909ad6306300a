"""What orders refuse."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from entrepot.shared.errors import DomainError


class CartNotReady(DomainError):
    """The latest change of the cart is not known to orders yet; send the same request again."""

    code = "CART_NOT_READY"
    status = 409

    def __init__(self, cart_id: str) -> None:
        super().__init__(
            f"The last change of cart {cart_id!r} has not arrived yet. Send the same request again.",
            path=("expectedRevision",),
        )


class CartChangedSince(DomainError):
    """The cart changed since the revision that was given; show it to the customer again, then place the order."""

    code = "CART_CHANGED"
    status = 409
    graphql_name: ClassVar[str] = "CartChangedError"

    revision: int
    """The current `Cart.revision`."""

    def __init__(self, cart_id: str, revision: int) -> None:
        super().__init__(
            f"Cart {cart_id!r} changed and is at revision {revision}. Show it to the customer, then place the order.",
            path=("expectedRevision",),
        )
        self.revision = revision


class CartNotOrderable(DomainError):
    """The cart is empty, or some of its lines cannot be ordered; see `Cart.problems`."""

    code = "CART_NOT_ORDERABLE"
    status = 409

    problems: list[str]
    """The SKUs of the lines that cannot be ordered; empty when the cart has no lines."""

    def __init__(self, cart_id: str, skus: Iterable[str]) -> None:
        self.problems = list(skus)
        detail = f"has lines that cannot be ordered: {', '.join(self.problems)}" if self.problems else "is empty"
        super().__init__(f"Cart {cart_id!r} {detail}. Change it, then place the order.", path=("cartId",))


class CartAlreadyOrdered(DomainError):
    """There is an order for this cart already."""

    code = "CART_ALREADY_ORDERED"
    status = 409

    def __init__(self, cart_id: str) -> None:
        super().__init__(f"Cart {cart_id!r} was ordered already. Look at your orders.", path=("cartId",))
