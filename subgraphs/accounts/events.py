"""What accounts announce: models to contracts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from entrepot.shared.events.contracts.accounts import UserChanged, UserRegistered, UserSignedIn
from entrepot.subgraphs.accounts.models import Session, User


@dataclass(frozen=True, slots=True)
class GuestCart:
    """The cart that somebody filled before they logged in, and the hash of the secret that proves it is theirs."""

    id: str
    token_hash: str = field(repr=False)


def user_registered(user: User) -> UserRegistered:
    return UserRegistered(user_id=user.id)


def user_signed_in(session: Session, guest_cart: GuestCart | None) -> UserSignedIn:
    """The login, with the cart that is to become the user's."""
    return UserSignedIn(
        user_id=session.user_id,
        session_id=session.id,
        guest_cart_id=guest_cart.id if guest_cart else None,
        guest_cart_token_hash=guest_cart.token_hash if guest_cart else None,
    )


_ACTIVE: Final = "ACTIVE"


def user_changed(user: User, roles: Iterable[str]) -> UserChanged:
    """What others may know of a user. There is one status until users can be closed."""
    return UserChanged(user_id=user.id, status=_ACTIVE, roles=tuple(roles), registered_at=user.created_at)
