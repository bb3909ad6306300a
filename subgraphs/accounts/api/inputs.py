"""Inputs of accounts."""

from __future__ import annotations

import strawberry

from entrepot.subgraphs.accounts.api.enums import UserRole
from entrepot.subgraphs.accounts.emails import read_email
from entrepot.subgraphs.accounts.events import GuestCart
from entrepot.subgraphs.accounts.repository import UserFilter
from entrepot.subgraphs.accounts.service import read_guest_cart


@strawberry.input(description="The cart that was filled before logging in: it becomes the user's and keeps its id.")
class SignInGuestCartInput:
    id: strawberry.ID
    token: str = strawberry.field(description="The secret that came with the cart.")

    def to_guest_cart(self) -> GuestCart:
        return read_guest_cart(self.id, self.token)


@strawberry.input
class RegisterInput:
    email: str
    password: str = strawberry.field(description="From 10 to 128 characters, and none that everybody tries first.")
    name: str
    guest_cart: SignInGuestCartInput | None = None
    idempotency_key: str


@strawberry.input
class LoginInput:
    email: str
    password: str
    guest_cart: SignInGuestCartInput | None = None


@strawberry.input
class RefreshInput:
    refresh_token: str = strawberry.field(description="Good once; the answer brings the next one.")


@strawberry.input
class LogoutInput:
    everywhere: bool = strawberry.field(
        default=False, description="End every session of the caller, not only this one."
    )


@strawberry.input
class ChangePasswordInput:
    current_password: str
    new_password: str = strawberry.field(description="From 10 to 128 characters, and none that everybody tries first.")


@strawberry.input
class GrantRoleInput:
    user_id: strawberry.ID
    role: UserRole


@strawberry.input
class RevokeRoleInput:
    user_id: strawberry.ID
    role: UserRole


@strawberry.input(description="What users must be like; what is left out asks nothing.")
class UserFilterInput:
    email: str | None = strawberry.field(default=None, description="The whole address; case does not matter.")
    role: UserRole | None = None

    def to_filter(self) -> UserFilter:
        return UserFilter(email=None if self.email is None else read_email(self.email), role=self.role)
