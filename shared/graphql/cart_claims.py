"""The key by which carts show somebody who has just signed in what became of their guest's cart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import msgspec

from entrepot.shared.errors import InvalidInput

CLAIM: Final = "The key by which carts add `cart` to the response; for routers."


@dataclass(frozen=True, slots=True)
class CartClaim:
    """Who signed in, and the guest's cart with its secret that they brought.

    The request is still anonymous when the payload is resolved, so the secret is what proves the right to see the cart.
    As text it is the key `claim` of the payloads of sign-ins: accounts fill it in, carts alone resolve it, and no
    client can select it.
    """

    user_id: str
    cart_id: str
    token: str

    def to_key(self) -> str:
        return msgspec.json.encode([self.user_id, self.cart_id, self.token]).decode()

    @classmethod
    def from_key(cls, text: str) -> Self:
        """Raises InvalidInput for what is no claim."""
        try:
            return cls(*msgspec.json.decode(text, type=tuple[str, str, str]))
        except msgspec.DecodeError:
            raise InvalidInput("A claim is made of a user, a cart and its secret.") from None
