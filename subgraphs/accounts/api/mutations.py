"""Mutations of accounts."""

from __future__ import annotations

from typing import Any, Final

from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from entrepot.shared.errors import InvalidInput, NotFound
from entrepot.shared.graphql import Call, Once, Shows, mutation
from entrepot.shared.graphql.cart_claims import CLAIM, CartClaim
from entrepot.shared.graphql.costs import PASSWORD
from entrepot.subgraphs.accounts import service
from entrepot.subgraphs.accounts.api.types import User, UserSession, show_own
from entrepot.subgraphs.accounts.api.visibility import WRITE
from entrepot.subgraphs.accounts.errors import (
    EmailTaken,
    InvalidCredentials,
    InvalidRefreshToken,
    OwnRole,
    TooManyAttempts,
    WeakPassword,
)
from entrepot.subgraphs.accounts.service import Registration, SignedIn

_SCOPES: Final = [[WRITE]]


def _read_claim(signed_in: SignedIn, call: Call) -> str | None:
    cart = call.command.guest_cart
    return None if cart is None else CartClaim(signed_in.user.id, cart.id, cart.token).to_key()


def _read_bound(registration: Registration) -> dict[str, Any]:
    """What the key of a registration is bound to: not its password, of which a fast hash would be kept."""
    return {"email": registration.email, "name": registration.name, "guestCart": registration.guest_cart}


_SIGNED_IN: Final = {
    "access_token": Shows(
        str, "The JWT to send as `Authorization: Bearer <token>`", lambda signed_in, _: signed_in.access.text
    ),
    "refresh_token": Shows(str, "The secret for the next `refresh`, valid once"),
    "expires_in": Shows(
        int, "The number of seconds until the access token expires", lambda signed_in, _: signed_in.access.expires_in
    ),
    "user": Shows(User, "The user who is logged in now", lambda signed_in, _: show_own(signed_in.user)),
}
_WITH_CLAIM: Final = {**_SIGNED_IN, "claim": Shows(str, CLAIM, _read_claim, is_inaccessible=True)}
_CLAIM_KEYS: Final = (Key(fields=FieldSet("claim"), resolvable=False),)

MUTATIONS: Final = (
    mutation(
        service.register,
        prepare=service.prepare_registration,
        cost=PASSWORD,
        shows=_WITH_CLAIM,
        payload_keys=_CLAIM_KEYS,
        refuses=(InvalidInput, EmailTaken, WeakPassword, TooManyAttempts),
        once=Once(lambda signed_in: signed_in.user.id, service.sign_in_again, bound_to=_read_bound),
    ),
    mutation(
        service.log_in,
        prepare=service.prepare_login,
        cost=PASSWORD,
        shows=_WITH_CLAIM,
        payload_keys=_CLAIM_KEYS,
        refuses=(InvalidInput, InvalidCredentials, TooManyAttempts),
    ),
    mutation(service.refresh, shows=_SIGNED_IN, refuses=(InvalidRefreshToken,)),
    mutation(
        service.log_out,
        is_authenticated=True,
        shows={
            "session": Shows(UserSession, "The session of the caller, which has ended; null when it no longer exists.")
        },
        # Nothing in the input can be wrong; clients name the member of the union.
        refuses=(InvalidInput,),
    ),
    mutation(
        service.change_password,
        prepare=service.prepare_password_change,
        cost=PASSWORD,
        is_authenticated=True,
        shows={"user": Shows(User, "The user whose password changed")},
        refuses=(InvalidCredentials, WeakPassword, TooManyAttempts),
    ),
    mutation(
        service.grant_role,
        scopes=_SCOPES,
        is_audited=True,
        shows={"user": Shows(User, "The user with the role")},
        refuses=(NotFound,),
    ),
    mutation(
        service.revoke_role,
        scopes=_SCOPES,
        is_audited=True,
        shows={"user": Shows(User, "The user without the role")},
        refuses=(NotFound, OwnRole),
    ),
)
