"""The guest cart that somebody brings when they sign in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from entrepot.shared.errors import InvalidInput
from entrepot.shared.input_checks import check_input
from entrepot.shared.scalars import Id
from entrepot.subgraphs.accounts.events import GuestCart
from entrepot.subgraphs.accounts.tokens import hash_token

_MAX_CART_TEXT: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInGuestCart:
    """The guest cart to take over at login; its lines move to the user's cart shortly after."""

    id: Id
    """The id of the guest cart: `Cart.id`."""
    token: str = field(repr=False)
    """The secret of the guest cart: `CreateCartPayload.guestToken`."""


def read_guest_cart(cart: SignInGuestCart | None) -> GuestCart | None:
    """The cart with the hash of its secret; raises InvalidInput for what can be neither, InputErrors for both."""
    if cart is None:
        return None
    with check_input() as checks:
        checks.run(_check_cart_text, "id", cart.id)
        checks.run(_check_cart_text, "token", cart.token)
    return GuestCart(cart.id, hash_token(cart.token))


def _check_cart_text(name: str, value: str) -> None:
    if not 1 <= len(value) <= _MAX_CART_TEXT or not value.isprintable():
        raise InvalidInput(
            f"The {name} of a guest cart is 1 to {_MAX_CART_TEXT} printable characters.", path=("guestCart", name)
        )
