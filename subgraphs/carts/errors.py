"""What carts refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrepot.shared.errors import DomainError

if TYPE_CHECKING:
    from entrepot.subgraphs.carts.models import Cart


class CartNotActive(DomainError):
    """Only an active cart can be changed."""

    code = "CART_NOT_ACTIVE"
    status = 409

    def __init__(self, cart: Cart) -> None:
        instead = f"Use cart {cart.merged_into_id!r}." if cart.merged_into_id else "Start another one with createCart."
        super().__init__(f"Cart {cart.id!r} is {cart.status} and cannot be changed. {instead}", path=("cartId",))
        self.cart_status = cart.status


class CartFull(DomainError):
    """The cart has as many lines as a cart can have."""

    code = "CART_FULL"
    status = 409

    def __init__(self, cart_id: str, max_lines: int) -> None:
        super().__init__(
            f"Cart {cart_id!r} has {max_lines} lines, as many as a cart can have. Remove one first.",
            path=("variantId",),
        )
        self.max_lines = max_lines


class VariantNotForSale(DomainError):
    """The variant cannot be bought at the moment."""

    code = "NOT_FOR_SALE"
    status = 409

    def __init__(self, variant_id: str, path: str) -> None:
        super().__init__(f"Variant {variant_id!r} is not for sale at the moment. Choose another.", path=(path,))


class VariantNotPriced(DomainError):
    """The variant has no price in the cart's channel and currency."""

    code = "NO_PRICE"
    status = 409

    def __init__(self, variant_id: str, channel: str, currency: str, path: str) -> None:
        super().__init__(
            f"Variant {variant_id!r} has no price in {currency} in the channel {channel!r}. "
            "Choose another, or a cart in a currency that it is sold in.",
            path=(path,),
        )


class GuestCartExists(DomainError):
    """The key has started a guest's cart before, whose secret is handed out only once."""

    code = "GUEST_CART_EXISTS"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            "This idempotency key has started a guest's cart before, and its guestToken is handed out only once. "
            "If you did not receive it, start another cart with a fresh key.",
            path=("idempotencyKey",),
        )
