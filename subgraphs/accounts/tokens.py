"""Access tokens, signed, and refresh tokens, which are nothing but unguessable."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import jwt

from entrepot.shared.auth import Permissions
from entrepot.shared.environment import Environment
from entrepot.shared.randomness import Randomness
from entrepot.subgraphs.accounts.config import AccountsSettings
from entrepot.subgraphs.accounts.key_files import ALGORITHM
from entrepot.subgraphs.accounts.key_ring import TOKEN_MARGIN, KeyRing

_TYPE: Final = "at+jwt"
_REFRESH_PREFIX: Final = "ert_"
_REFRESH_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed token and how many seconds it is good for."""

    text: str = field(repr=False)
    expires_in: int


class TokenIssuer:
    """Makes access tokens (RFC 9068) for users, with the scopes of their roles written out."""

    def __init__(
        self, settings: AccountsSettings, keys: KeyRing, environment: Environment, permissions: Permissions
    ) -> None:
        self._settings = settings
        self._permissions = permissions
        self._keys = keys
        self._environment = environment

    def issue(self, *, user_id: str, session_id: str, roles: Iterable[str]) -> AccessToken:
        """A token for the session of the user, from now on."""
        key = self._keys.signing_key()
        now = int(self._environment.clock.now().timestamp())
        lifetime = self._settings.access_token_lifetime
        names = sorted(roles)
        claims = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "sub": user_id,
            "jti": self._environment.ids.new("tok"),
            "sid": session_id,
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "scope": " ".join(sorted(self._permissions.expand(names))),
            "roles": names,
        }
        headers = {"kid": key.id, "typ": _TYPE}
        return AccessToken(jwt.encode(claims, key.private_key, algorithm=ALGORITHM, headers=headers), lifetime)

    def last_expiry(self, now: datetime) -> datetime:
        """When a token that was issued until now has expired for everybody who verifies it."""
        return now + timedelta(seconds=self._settings.access_token_lifetime) + TOKEN_MARGIN


def build_refresh_token(randomness: Randomness) -> str:
    """A fresh refresh token: 256 bits of chance, with a prefix by which a leaked one is recognized."""
    return _REFRESH_PREFIX + base64.urlsafe_b64encode(randomness.token_bytes(_REFRESH_BYTES)).decode().rstrip("=")


def hash_token(token: str) -> str:
    """The SHA-256 of an unguessable token, in hexadecimal: it finds the token, and is worthless when it leaks."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
