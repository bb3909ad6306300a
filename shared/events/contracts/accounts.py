"""What accounts announce."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.shared.events.event import Event, contract


@contract("accounts.user.registered", subject="user_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(Event):
    """Somebody has an account now."""

    user_id: str


@contract("accounts.user.signed_in", subject="user_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class UserSignedIn(Event):
    """Somebody logged in, and may bring the cart they filled as a guest.

    `guest_cart_token_hash` is the SHA-256 of the cart's secret, in hexadecimal: it proves the cart was theirs.
    """

    user_id: str
    session_id: str
    guest_cart_id: str | None = None
    guest_cart_token_hash: str | None = None
