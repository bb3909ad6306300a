"""What carts refuse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from entrepot.shared.errors import DomainError
from entrepot.subgraphs.carts.states import CartStatus

if TYPE_CHECKING:
    from entrepot.subgraphs.carts.models import Cart


class CartNotActive(DomainError):
    """The cart is not active and cannot be changed; start another one."""

    code = "CART_NOT_ACTIVE"
    status = 409

    cart_status: CartStatus
    """The current state of the cart."""

    def __init__(self, cart: Cart) -> None:
        instead = f"Use cart {cart.merged_into_id!r}." if cart.merged_into_id else "Start another one with createCart."
        super().__init__(f"Cart {cart.id!r} is {cart.status} and cannot be changed. {instead}", path=("cartId",))
        self.cart_status = CartStatus(cart.status)


class CartFull(DomainError):
    """The cart has the maximum number of lines; remove one first."""

    code = "CART_FULL"
    status = 409

    max_lines: int
    """The maximum number of lines of a cart, 200 by default."""

    def __init__(self, cart_id: str, max_lines: int) -> None:
        super().__init__(
            f"Cart {cart_id!r} has {max_lines} lines, as many as a cart can have. Remove one first.",
            path=("variantId",),
        )
        self.max_lines = max_lines


class VariantNotForSale(DomainError):
    """The variant is not for sale at the moment."""

    code = "NOT_FOR_SALE"
    status = 409

    def __init__(self, variant_id: str, path: str) -> None:
        super().__init__(f"Variant {variant_id!r} is not for sale at the moment. Choose another.", path=(path,))


class VariantNotPriced(DomainError):
    """The variant has no price in the channel and currency of the cart."""

    code = "NO_PRICE"
    status = 409

    def __init__(self, variant_id: str, channel: str, currency: str, path: str) -> None:
        super().__init__(
            f"Variant {variant_id!r} has no price in {currency} in the channel {channel!r}. "
            "Choose another, or a cart in a currency that it is sold in.",
            path=(path,),
        )


class GuestCartExists(DomainError):
    """The idempotency key created a guest cart before, and a guest token is returned only once; use a new key."""

    code = "GUEST_CART_EXISTS"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            "This idempotency key has started a guest's cart before, and its guestToken is handed out only once. "
            "If you did not receive it, start another cart with a fresh key.",
            path=("idempotencyKey",),
        )


class TooManyGuestCarts(DomainError):
    """Guests have created too many carts from this address, or in all; try again after `retryAfter` seconds."""

    code = "RATE_LIMITED"
    status = 429

    retry_after: int
    """The number of seconds to wait before the next cart."""

    def __init__(self, seconds: float) -> None:
        retry_after = math.ceil(seconds)
        super().__init__(f"Too many carts of guests. Try again in {retry_after} s, or log in first.")
        self.retry_after = retry_after
