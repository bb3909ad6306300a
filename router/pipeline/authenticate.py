"""Who is calling: the token of a request verified, or the caller anonymous."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import jwt

from router.config import AuthenticationConfig, AuthorizationConfig
from router.errors import Unauthenticated
from router.pipeline.context import Caller
from shared.auth import TokenVerifier, read_bearer, read_principal
from shared.errors import Unauthenticated as NotVerified


class ClaimsVerifier(Protocol):
    """Turns a token into its verified claims, or refuses it."""

    async def verify_claims(self, token: str) -> dict[str, Any]: ...


class IssuerVerifiers:
    """Verifiers of several issuers; the token's own `iss` only chooses which of them must then agree."""

    def __init__(self, verifiers: Mapping[str, TokenVerifier]) -> None:
        self._verifiers = verifiers

    async def verify_claims(self, token: str) -> dict[str, Any]:
        try:
            issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        except jwt.PyJWTError:
            raise NotVerified("The access token is not valid here. Log in again.") from None
        verifier = self._verifiers.get(issuer) if isinstance(issuer, str) else None
        if verifier is None:
            raise NotVerified("The access token is from an issuer that is not accepted here.")
        return await verifier.verify_claims(token)


class Authenticator:
    """Reads `Authorization` headers; without a verifier nobody can log in and every caller is anonymous."""

    def __init__(
        self,
        verifier: ClaimsVerifier | None,
        authentication: AuthenticationConfig,
        authorization: AuthorizationConfig,
    ) -> None:
        self._verifier = verifier
        self._is_required = authentication.required
        self._policies_claim = authorization.policies_claim

    async def authenticate(self, header: str | None) -> Caller:
        """The caller that the header speaks of; raises Unauthenticated for a token that is not to be trusted.

        A bad token is refused even where none is needed: who sends one believes to be somebody.
        """
        if self._verifier is None:
            return Caller(authorization=header)
        try:
            token = read_bearer(header)
            if token is None:
                if self._is_required:
                    raise Unauthenticated("Log in first: this needs `Authorization: Bearer <token>`.")
                return Caller()
            claims = await self._verifier.verify_claims(token)
            return Caller(read_principal(claims), _read_policies(claims.get(self._policies_claim)), header)
        except NotVerified as error:
            raise Unauthenticated(error.message) from None


def _read_policies(value: object) -> frozenset[str]:
    """The names in a claim, written as a list or separated by spaces."""
    names = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
    return frozenset(map(str, names))
