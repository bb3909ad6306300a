"""Authentication of a request: by access token, by API key, or anonymous."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import jwt

from entrepot.router.config import AuthenticationConfig, AuthorizationConfig
from entrepot.router.errors import CredentialsAmbiguous, RevocationUnknown, TokenForged, Unauthenticated
from entrepot.router.pipeline.authentication.api_keys import ApiKeys
from entrepot.router.pipeline.authentication.caller import Caller
from entrepot.shared.auth import RevocationUnknown as NotKnown
from entrepot.shared.auth import TokenForged as NotSigned
from entrepot.shared.auth import TokenVerifier, read_bearer, read_principal
from entrepot.shared.errors import Unauthenticated as NotVerified


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
    """Reads `Authorization` headers and API keys; without a verifier nobody can log in with a token."""

    def __init__(
        self,
        verifier: ClaimsVerifier | None,
        authentication: AuthenticationConfig,
        authorization: AuthorizationConfig,
        api_keys: ApiKeys | None = None,
    ) -> None:
        self._verifier = verifier
        self._is_required = authentication.required
        self._policies_claim = authorization.policies_claim
        self._api_keys = api_keys
        self._key_header = authentication.api_keys.header.lower()

    async def identify(self, headers: Mapping[str, str], authorization: str | None = None) -> Caller:
        """The caller of a request with these headers; `authorization` is one that was sent in another way.

        Raises what `authenticate` does.
        """
        key = None if self._api_keys is None else headers.get(self._key_header)
        return await self.authenticate(authorization or headers.get("authorization"), key)

    async def authenticate(self, header: str | None, api_key: str | None = None) -> Caller:
        """The caller that the header or the key speaks of; raises Unauthenticated for what is not to be trusted.

        A bad token is refused even where none is needed: who sends one believes to be somebody. CredentialsAmbiguous
        is raised for both at once.
        """
        if api_key is not None and self._api_keys is not None:
            if header is not None and header.strip():
                raise CredentialsAmbiguous("Send either an access token or an API key, not both.")
            return self._api_keys.exchange(api_key)
        if self._verifier is None:
            if self._is_required:
                raise Unauthenticated(f"Send an API key in the header `{self._key_header}`: this needs one.")
            return Caller(authorization=header)
        try:
            token = read_bearer(header)
            if token is None:
                if self._is_required:
                    raise Unauthenticated("Log in first: this needs `Authorization: Bearer <token>`.")
                return Caller()
            claims = await self._verifier.verify_claims(token)
            return Caller(read_principal(claims), _read_policies(claims.get(self._policies_claim)), header)
        except NotSigned as error:
            raise TokenForged(error.message) from None
        except NotVerified as error:
            raise Unauthenticated(error.message) from None
        except NotKnown as error:
            raise RevocationUnknown(error.message) from None


def _read_policies(value: object) -> frozenset[str]:
    """The names in a claim, written as a list or separated by spaces."""
    names = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
    return frozenset(map(str, names))
