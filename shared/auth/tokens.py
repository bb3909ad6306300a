"""Verification of access tokens: signature, issuer, audience, times and revocation, against a set of keys."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

import jwt

from entrepot.shared.auth.denylist import Denylist
from entrepot.shared.auth.principal import Principal, read_principal
from entrepot.shared.clock import Clock
from entrepot.shared.errors import Unauthenticated

MAX_TOKEN_LENGTH: Final = 8192

UNREADABLE: Final = (jwt.PyJWTError, ValueError, RecursionError)
"""What decoding a stranger's text may raise: not every PyJWT makes surrogates and deep nesting errors of its own."""


class TokenForged(Unauthenticated):
    """No key of the issuer has signed the token; the caller gets the same error as for any other invalid token."""


class KeySource(Protocol):
    """Where the public keys of an issuer come from."""

    async def find_key(self, key_id: str) -> jwt.PyJWK | None:
        """The key of that `kid`, fetching again once when it is not known yet."""
        ...


class StaticKeys:
    """A fixed JSON Web Key Set; keys without a `kid` and of kinds that are not known are left out (RFC 7517, 5)."""

    def __init__(self, key_set: Mapping[str, Any]) -> None:
        self._keys = dict(_read_keys(key_set))

    async def find_key(self, key_id: str) -> jwt.PyJWK | None:
        return self._keys.get(key_id)


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token must say. The algorithm is ours to choose, never the token's."""

    issuer: str
    audience: str
    algorithms: Sequence[str] = ("RS256",)
    leeway: float = 5.0


class TokenVerifier:
    """Turns the text of an access token (RFC 9068) into a principal, or refuses it without saying too much.

    The last `max_known` verified tokens are known by their hash, as long as the key that signed each is the issuer's:
    their signature is not verified again, while times and revocation always are.
    """

    def __init__(
        self,
        rules: TokenRules,
        keys: KeySource,
        clock: Clock,
        denylist: Denylist | None = None,
        *,
        max_known: int = 10_000,
    ) -> None:
        self._rules = rules
        self._max_known = max_known
        self._known: OrderedDict[bytes, tuple[str, jwt.PyJWK, dict[str, Any]]] = OrderedDict()
        self._keys = keys
        self._clock = clock
        self._denylist = denylist

    async def verify(self, token: str) -> Principal:
        """The caller the token speaks of; raises Unauthenticated for every token that is not to be trusted."""
        return read_principal(await self.verify_claims(token))

    async def verify_claims(self, token: str) -> dict[str, Any]:
        """The claims of the token, verified; raises Unauthenticated."""
        claims = self._check_times(await self._read(token))
        if self._denylist and await self._denylist.is_revoked(claims["jti"], claims.get("sid")):
            raise Unauthenticated("The access token was revoked. Log in again.")
        return claims

    async def _read(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature holds, verified now or before."""
        if len(token) > MAX_TOKEN_LENGTH:
            raise Unauthenticated("The access token is too long to be one.")
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        if known is not None:
            key_id, key, claims = known
            if await self._keys.find_key(key_id) is key:
                self._known.move_to_end(digest)
                return claims
            self._known.pop(digest, None)
        key_id, key, claims = await self._decode(token)
        self._known[digest] = (key_id, key, claims)
        while len(self._known) > self._max_known:
            self._known.popitem(last=False)
        return claims

    async def _decode(self, token: str) -> tuple[str, jwt.PyJWK, dict[str, Any]]:
        try:
            header = jwt.get_unverified_header(token)
        except UNREADABLE:
            raise Unauthenticated("The access token is not valid here. Log in again.") from None
        algorithm = header.get("alg")
        if algorithm not in self._rules.algorithms or not isinstance(header.get("kid"), str):
            raise TokenForged("The access token is not signed in a way that is accepted here.")
        key = await self._keys.find_key(header["kid"])
        if key is None:
            raise TokenForged("The access token is signed with a key that is not known.")
        # Not every PyJWT minds that the key is of another algorithm than the header says: here both must be the same.
        if key.algorithm_name != algorithm:
            raise TokenForged("The access token is not signed in a way that is accepted here.")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(self._rules.algorithms),
                audience=self._rules.audience,
                issuer=self._rules.issuer,
                # Times are checked against the injected clock below; PyJWT would read the machine's.
                options={
                    "require": ["exp", "iat", "jti", "sub"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidSignatureError:
            raise TokenForged("The access token is not valid here. Log in again.") from None
        except UNREADABLE:
            raise Unauthenticated("The access token is not valid here. Log in again.") from None
        return header["kid"], key, claims

    def _check_times(self, claims: dict[str, Any]) -> dict[str, Any]:
        now, leeway = self._clock.now().timestamp(), self._rules.leeway
        times = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
        if not all(_is_time(value) for value in times.values()):
            raise Unauthenticated("The access token is not valid here. Log in again.")
        if now >= times["exp"] + leeway:
            raise Unauthenticated("The access token has expired. Refresh it or log in again.")
        if any(now < times[name] - leeway for name in ("nbf", "iat") if name in times):
            raise Unauthenticated("The access token is not valid yet. Check the clocks.")
        return claims


def _read_keys(key_set: Mapping[str, Any]) -> Iterator[tuple[str, jwt.PyJWK]]:
    for key in key_set["keys"]:
        if isinstance(key.get("kid"), str):
            with suppress(jwt.PyJWTError):
                yield key["kid"], jwt.PyJWK(key)


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def read_bearer(header: str | None) -> str | None:
    """The token of an `Authorization: Bearer` header (RFC 6750); None without one; raises Unauthenticated otherwise."""
    if header is None or not header.strip():
        return None
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send the access token as `Authorization: Bearer <token>`.")
    return token.strip()
