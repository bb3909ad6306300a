"""Payloads of accounts' mutations and the errors they may hold."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from entrepot.shared.graphql import IdempotencyConflictError, InvalidInputError, NotFoundError, UserError, error_type
from entrepot.shared.graphql.cart_claims import CLAIM, CartClaim
from entrepot.subgraphs.accounts.api.inputs import SignInGuestCartInput
from entrepot.subgraphs.accounts.api.types import User, UserSession
from entrepot.subgraphs.accounts.errors import (
    EmailTaken,
    InvalidCredentials,
    InvalidRefreshToken,
    OwnRole,
    TooManyAttempts,
    WeakPassword,
)
from entrepot.subgraphs.accounts.service import SignedIn


@error_type(InvalidCredentials)
class InvalidCredentialsError(UserError):
    pass


@error_type(EmailTaken)
class EmailTakenError(UserError):
    pass


@error_type(WeakPassword)
class WeakPasswordError(UserError):
    pass


@error_type(InvalidRefreshToken)
class InvalidRefreshTokenError(UserError):
    pass


@error_type(TooManyAttempts)
class TooManyAttemptsError(UserError):
    retry_after: int = strawberry.field(description="Seconds until it may be tried again.")


@error_type(OwnRole)
class OwnRoleError(UserError):
    pass


RegisterError = Annotated[
    InvalidInputError | EmailTakenError | WeakPasswordError | TooManyAttemptsError | IdempotencyConflictError,
    strawberry.union("RegisterError"),
]
LoginError = Annotated[
    InvalidInputError | InvalidCredentialsError | TooManyAttemptsError, strawberry.union("LoginError")
]
RefreshError = Annotated[InvalidRefreshTokenError, strawberry.union("RefreshError")]
LogoutError = Annotated[InvalidInputError, strawberry.union("LogoutError")]
ChangePasswordError = Annotated[
    InvalidCredentialsError | WeakPasswordError | TooManyAttemptsError, strawberry.union("ChangePasswordError")
]
GrantRoleError = Annotated[NotFoundError, strawberry.union("GrantRoleError")]
RevokeRoleError = Annotated[NotFoundError | OwnRoleError, strawberry.union("RevokeRoleError")]


@strawberry.type
class SignedInFields:
    access_token: str | None = strawberry.field(
        default=None, description="Send it as `Authorization: Bearer <token>`; a JWT signed with RS256."
    )
    refresh_token: str | None = strawberry.field(default=None, description="For the mutation `refresh`; good once.")
    expires_in: int | None = strawberry.field(default=None, description="Seconds until the access token expires.")
    user: User | None = None

    @classmethod
    def of(cls, signed_in: SignedIn) -> Self:
        return cls(
            access_token=signed_in.access.text,
            refresh_token=signed_in.refresh_token,
            expires_in=signed_in.access.expires_in,
            user=User.from_model(signed_in.user, sees_all=True),
        )


@strawberry.type
class SignInFields(SignedInFields):
    claim: str | None = strawberry.federation.field(default=None, inaccessible=True, description=CLAIM)

    @classmethod
    def claiming(cls, guest_cart: SignInGuestCartInput | None, signed_in: SignedIn) -> Self:
        payload = cls.of(signed_in)
        if guest_cart is not None:
            payload.claim = CartClaim(signed_in.user.id, guest_cart.id, guest_cart.token).to_key()
        return payload


@strawberry.federation.type(keys=[Key(fields=FieldSet("claim"), resolvable=False)])
class RegisterPayload(SignInFields):
    errors: list[RegisterError] = strawberry.field(default_factory=list)


@strawberry.federation.type(keys=[Key(fields=FieldSet("claim"), resolvable=False)])
class LoginPayload(SignInFields):
    errors: list[LoginError] = strawberry.field(default_factory=list)


@strawberry.type
class RefreshPayload(SignedInFields):
    errors: list[RefreshError] = strawberry.field(default_factory=list)


@strawberry.type
class LogoutPayload:
    session: UserSession | None = strawberry.field(
        default=None, description="The session that ended; null when it was gone already."
    )
    errors: list[LogoutError] = strawberry.field(default_factory=list)


@strawberry.type
class ChangePasswordPayload:
    user: User | None = None
    errors: list[ChangePasswordError] = strawberry.field(default_factory=list)


@strawberry.type
class GrantRolePayload:
    user: User | None = None
    errors: list[GrantRoleError] = strawberry.field(default_factory=list)


@strawberry.type
class RevokeRolePayload:
    user: User | None = None
    errors: list[RevokeRoleError] = strawberry.field(default_factory=list)
