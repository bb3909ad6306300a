"""Inputs of accounts."""

from __future__ import annotations

import strawberry

from entrepot.subgraphs.accounts.api.enums import UserRole
from entrepot.subgraphs.accounts.emails import read_email
from entrepot.subgraphs.accounts.events import GuestCart
from entrepot.subgraphs.accounts.repository import UserFilter
from entrepot.subgraphs.accounts.service import read_guest_cart


@strawberry.input
class SignInGuestCartInput:
    """The guest cart to take over at login; its lines move to the user's cart shortly after."""

    id: strawberry.ID
    """The id of the guest cart: `Cart.id`."""
    token: str
    """The secret of the guest cart: `CreateCartPayload.guestToken`."""

    def to_guest_cart(self) -> GuestCart:
        return read_guest_cart(self.id, self.token)


@strawberry.input
class RegisterInput:
    email: str
    """The email address to log in with, at most 254 characters; unique, upper and lower case are the same."""
    password: str
    """10 to 128 characters; common passwords are refused."""
    name: str
    """The name for display, 1 to 200 characters."""
    guest_cart: SignInGuestCartInput | None = None
    """The cart filled as a guest, if any."""
    idempotency_key: str


@strawberry.input
class LoginInput:
    email: str
    """The email address of the account; upper and lower case are the same."""
    password: str
    """The password of the account."""
    guest_cart: SignInGuestCartInput | None = None
    """The cart filled as a guest, if any."""


@strawberry.input
class RefreshInput:
    refresh_token: str
    """The latest refresh token of the session. It can be used once; the payload holds the next one."""


@strawberry.input
class LogoutInput:
    everywhere: bool = False
    """Whether to end all sessions of the caller instead of the current one only."""


@strawberry.input
class ChangePasswordInput:
    current_password: str
    """The password that is valid now, as a proof of identity."""
    new_password: str
    """10 to 128 characters; common passwords are refused."""


@strawberry.input
class GrantRoleInput:
    user_id: strawberry.ID
    """The user who receives the role: `User.id`."""
    role: UserRole
    """The role to add; nothing changes when the user has it."""


@strawberry.input
class RevokeRoleInput:
    user_id: strawberry.ID
    """The user who loses the role: `User.id`."""
    role: UserRole
    """The role to remove; nothing changes when the user does not have it."""


@strawberry.input
class UserFilterInput:
    """Conditions for users, all of which must hold; an omitted one is ignored."""

    email: str | None = None
    """Only the user with exactly this email address; upper and lower case are the same."""
    role: UserRole | None = None
    """Only users with this role."""

    def to_filter(self) -> UserFilter:
        return UserFilter(email=None if self.email is None else read_email(self.email), role=self.role)
