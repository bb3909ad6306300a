"""The identity that a router forwards: a short-lived signed token for one subgraph, saying who is calling."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from entrepot.shared.auth.principal import Principal, read_forwarded_principal
from entrepot.shared.auth.tokens import UNREADABLE
from entrepot.shared.clock import Clock
from entrepot.shared.errors import Unauthenticated

IDENTITY_HEADER: Final = "entrepot-identity"
ADDRESS_HEADER: Final = "entrepot-client-address"
"""The address of the client, which is believed beside a valid identity."""
_ALGORITHM: Final = "EdDSA"
_ISSUER: Final = "entrepot-router"
_LIFETIME: Final = 60.0
_MARGIN: Final = 20.0
_MAX_CACHED: Final = 10_000
_MAX_LENGTH: Final = 16_384


class IdentitySigner:
    """Makes identity tokens, one for claims and audience until shortly before it expires."""

    def __init__(self, key: Ed25519PrivateKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock
        self._made: OrderedDict[tuple[str, str], tuple[float, str]] = OrderedDict()

    def token_for(self, principal: Principal, audience: str) -> str:
        """The token that tells the subgraph `audience` who is calling."""
        return self.sign(principal.to_claims(), audience)

    def sign(self, claims: dict[str, Any], audience: str) -> str:
        """The same for claims as `Principal.to_claims` makes them."""
        now = self._clock.now().timestamp()
        cache_key = (audience, json.dumps(claims, sort_keys=True))
        known = self._made.get(cache_key)
        if known is not None and known[0] - _MARGIN > now:
            return known[1]
        expires = now + _LIFETIME
        payload = {key: value for key, value in claims.items() if value is not None}
        payload |= {"iss": _ISSUER, "aud": audience, "iat": int(now), "exp": int(expires)}
        token = jwt.encode(payload, self._key, algorithm=_ALGORITHM)
        self._made[cache_key] = (expires, token)
        self._made.move_to_end(cache_key)
        while len(self._made) > _MAX_CACHED:
            self._made.popitem(last=False)
        return token


class IdentityVerifier:
    """Verifies identity tokens for one audience; a verified token is known by its hash until it expires.

    With several keys a token may be signed with any: while routers are given a new one, some still sign with the old.
    """

    def __init__(self, key: Ed25519PublicKey | Sequence[Ed25519PublicKey], audience: str, clock: Clock) -> None:
        self._keys = (key,) if isinstance(key, Ed25519PublicKey) else tuple(key)
        self._audience = audience
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    def verify(self, token: str) -> Principal:
        """Who is calling; raises Unauthenticated for a token that is expired, forged or for another subgraph."""
        if len(token) > _MAX_LENGTH:
            raise Unauthenticated("The forwarded identity is too long to be one.")
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        now = self._clock.now().timestamp()
        known = self._known.get(digest)
        if known is None:
            known = self._decode(token)
            self._known[digest] = known
            while len(self._known) > _MAX_CACHED:
                self._known.popitem(last=False)
        expires, principal = known
        if now >= expires:
            self._known.pop(digest, None)
            raise Unauthenticated("The forwarded identity has expired.")
        return principal

    def _decode(self, token: str) -> tuple[float, Principal]:
        for key in self._keys:
            with suppress(*UNREADABLE):
                claims = self._decode_with(key, token)
                return float(claims.pop("exp")), read_forwarded_principal(claims)
        raise Unauthenticated("The forwarded identity is not valid for this subgraph.")

    def _decode_with(self, key: Ed25519PublicKey, token: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            audience=self._audience,
            issuer=_ISSUER,
            options={"require": ["exp", "iat"], "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        return claims
