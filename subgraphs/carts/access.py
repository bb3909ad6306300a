"""Who may see and change a cart: its customer, or a caller with the secret of a guest's."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Final, Protocol

from entrepot.shared.auth import Principal
from entrepot.shared.randomness import Randomness

READ: Final = "carts:read"
_SECRET_BYTES: Final = 32


class Owned(Protocol):
    """A cart, or its row."""

    @property
    def owner_id(self) -> str | None: ...

    @property
    def guest_token_hash(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Access:
    """What a caller can show: who they are, the secret of a guest's cart, the right to read all."""

    user_id: str | None = None
    guest_token: str | None = None
    reads_all: bool = False

    def can_change(self, cart: Owned) -> bool:
        if cart.guest_token_hash is None:
            return self.user_id is not None and cart.owner_id == self.user_id
        return self.guest_token is not None and is_token_of(self.guest_token, cart.guest_token_hash)

    def can_read(self, cart: Owned) -> bool:
        return self.reads_all or self.can_change(cart)


def read_access(principal: Principal, guest_token: str | None = None) -> Access:
    """What the caller of a request can show."""
    return Access(principal.user_id, guest_token, reads_all=principal.has_scopes([[READ]]))


def make_guest_token(randomness: Randomness) -> str:
    """A fresh secret of 256 bits, as text."""
    return urlsafe_b64encode(randomness.token_bytes(_SECRET_BYTES)).decode().rstrip("=")


def hash_guest_token(token: str) -> str:
    """What is kept of a secret: its SHA-256 in hexadecimal. A random secret needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_token_of(token: str, token_hash: str) -> bool:
    return hmac.compare_digest(hash_guest_token(token), token_hash)
