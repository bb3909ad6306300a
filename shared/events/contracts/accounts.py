"""What accounts announce."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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


@contract("accounts.user.changed", subject="user_id", is_full_state=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged(Event):
    """A user is new or has other roles. Name and email address are personal: accounts alone stores them."""

    user_id: str
    status: str
    roles: tuple[str, ...]
    registered_at: datetime
    revision: int = 0
