"""Verification of access tokens: signature, issuer, audience, times and revocation, against a set of keys."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jwt

from entrepot.shared.auth.denylist import Denylist
from entrepot.shared.auth.key_set import KeySource, VerificationKey
from entrepot.shared.auth.principal import Principal, read_principal
from entrepot.shared.clock import Clock
from entrepot.shared.errors import Unauthenticated

MAX_TOKEN_LENGTH: Final = 8192
_INVALID: Final = "The access token is not valid here. Log in again."
# Each costs a verification; a token without a key id is tried with no more.
_MOST_KEYS: Final = 16

UNREADABLE: Final = (jwt.PyJWTError, ValueError, RecursionError)
"""What decoding a stranger's text may raise: not every PyJWT makes surrogates and deep nesting errors of its own."""


class TokenForged(Unauthenticated):
    """No key of the issuer has signed the token; the caller gets the same error as for any other invalid token."""


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token must say. The algorithm is ours to choose, never the token's.

    `token_types` are the values of the header `typ` that are accepted, "JWT" standing for none as well. The claims are
    those that hold the audience, the token's id and the scopes. `optional` lists what a token may lack of `iat`, `jti`
    and `kid`: without a key id, every key of the issuer that is for the algorithm is tried.
    """

    issuer: str
    audience: str
    algorithms: Sequence[str] = ("RS256",)
    leeway: float = 5.0
    token_types: Sequence[str] = ("at+jwt", "JWT")
    audience_claim: str = "aud"
    id_claim: str = "jti"
    scope_claim: str = "scope"
    optional: Collection[str] = ()


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
        self._known: OrderedDict[bytes, tuple[str | None, VerificationKey, dict[str, Any]]] = OrderedDict()
        self._optional = {rules.id_claim if name == "jti" else name for name in rules.optional}
        self._token_types = frozenset(map(_read_token_type, rules.token_types))
        self._keys = keys
        self._clock = clock
        self._denylist = denylist

    async def verify(self, token: str) -> Principal:
        """The caller the token speaks of; raises Unauthenticated for every token that is not to be trusted."""
        return read_principal(await self.verify_claims(token))

    async def verify_claims(self, token: str) -> dict[str, Any]:
        """The claims of the token, verified, with its id as `jti` and its scopes as `scope`; raises Unauthenticated."""
        claims = self._check_times(await self._read(token))
        if self._denylist and await self._denylist.is_revoked(claims.get("jti"), claims.get("sid")):
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
            if key in await self._keys.find_keys(key_id):
                self._known.move_to_end(digest)
                return claims
            self._known.pop(digest, None)
        key_id, key, claims = await self._decode(token)
        self._known[digest] = (key_id, key, claims)
        while len(self._known) > self._max_known:
            self._known.popitem(last=False)
        return claims

    async def _decode(self, token: str) -> tuple[str | None, VerificationKey, dict[str, Any]]:
        try:
            header = jwt.get_unverified_header(token)
        except UNREADABLE:
            raise Unauthenticated(_INVALID) from None
        algorithm, key_id = str(header.get("alg")), header.get("kid")
        if algorithm not in self._rules.algorithms or (key_id is None and "kid" not in self._rules.optional):
            raise TokenForged("The access token is not signed in a way that is accepted here.")
        if _read_token_type(header.get("typ", "JWT")) not in self._token_types:
            raise Unauthenticated("The token is not an access token. Send the access token of your log-in.")
        for is_outdated in (False, True):
            keys = await self._keys.find_keys(key_id, is_outdated=is_outdated)
            if not keys:
                raise TokenForged("The access token is signed with a key that is not known.")
            fitting = [key for key in keys if algorithm in key.algorithms and self._may_use(key)]
            if not fitting:
                raise TokenForged("The access token is not signed in a way that is accepted here.")
            for key in fitting[:_MOST_KEYS]:
                claims = self._decode_with(key, token, algorithm)
                if claims is not None:
                    return key_id, key, self._read_claims(claims)
            if any(key.key_id is not None and key.key_id == key_id for key in fitting):
                # Signed by somebody else with the name of a known key: no reason to fetch.
                break
        raise TokenForged(_INVALID)

    def _may_use(self, key: VerificationKey) -> bool:
        return key.key_id is not None or "kid" in self._rules.optional

    def _decode_with(self, key: VerificationKey, token: str, algorithm: str) -> dict[str, Any] | None:
        """The claims; None when another key has signed the token."""
        rules = self._rules
        required = ["exp", "sub", *({"iat", rules.id_claim} - self._optional)]
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.public_key,
                algorithms=[algorithm],
                audience=rules.audience if rules.audience_claim == "aud" else None,
                issuer=rules.issuer,
                # Times are checked against the injected clock below; PyJWT would read the machine's.
                options={
                    "require": required,
                    "verify_aud": rules.audience_claim == "aud",
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidSignatureError:
            return None
        except UNREADABLE:
            raise Unauthenticated(_INVALID) from None
        return claims

    def _read_claims(self, claims: dict[str, Any]) -> dict[str, Any]:
        """The claims under the names that are usual; raises Unauthenticated for another audience."""
        rules = self._rules
        if rules.audience_claim != "aud":
            audience = claims.get(rules.audience_claim)
            if rules.audience not in (audience if isinstance(audience, list) else [audience]):
                raise Unauthenticated(_INVALID)
        for name, source in (("jti", rules.id_claim), ("scope", rules.scope_claim)):
            if source != name:
                claims[name] = claims.get(source)
        return claims

    def _check_times(self, claims: dict[str, Any]) -> dict[str, Any]:
        now, leeway = self._clock.now().timestamp(), self._rules.leeway
        times = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
        if not all(_is_time(value) for value in times.values()):
            raise Unauthenticated(_INVALID)
        if now >= times["exp"] + leeway:
            raise Unauthenticated("The access token has expired. Refresh it or log in again.")
        if any(now < times[name] - leeway for name in ("nbf", "iat") if name in times):
            raise Unauthenticated("The access token is not valid yet. Check the clocks.")
        return claims


def _read_token_type(value: object) -> str:
    """A `typ` without what may be left out of it (RFC 7515, section 4.1.9); media types have no case."""
    return value.lower().removeprefix("application/") if isinstance(value, str) else ""


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
